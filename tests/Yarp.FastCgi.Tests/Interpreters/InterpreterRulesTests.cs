using Yarp.FastCgi.Tests.Configuration;

namespace Yarp.FastCgi.Tests.Interpreters;

public class InterpreterRulesTests
{
    [Theory]
    [InlineData(""" "Command": "php-cgi -b /run/app.sock" """)]
    [InlineData(""" "Command": [ "/opt/my app", "a" ], "PassSocket": true, "Instances": 4, "MinInstances": 0 """)]
    [InlineData(""" "Command": "app", "WorkingDirectory": "/", "KillSignal": "sigusr1", "Start": "Eager", "Environment": { "A": "$B" } """)]
    public async Task Load_RightOptions_AreAccepted(string members) => Assert.Empty(await LoadAsync(members));

    [Theory]
    [InlineData(""" "StartTimeout": "00:00:05" """, "'FastCgi:Interpreter:Command' is missing: an interpreter must have a program to run.")]
    [InlineData(""" "Command": "'app" """, "'FastCgi:Interpreter:Command' is ''app', which has no end of the quote '.")]
    [InlineData(""" "Command": "app", "Instances": 2 """, "'FastCgi:Interpreter:Instances' is '2', but only one process can listen at an address by itself: set 'FastCgi:Interpreter:PassSocket' to true, or let the program have children (PHP_FCGI_CHILDREN in 'FastCgi:Interpreter:Environment', pm.max_children of php-fpm).")]
    [InlineData(""" "Command": "app", "MinInstances": 2 """, "'FastCgi:Interpreter:MinInstances' is '2', but must not be above 'FastCgi:Interpreter:Instances'.")]
    [InlineData(""" "Command": "app", "KillSignal": "TERM" """, "'FastCgi:Interpreter:KillSignal' is 'TERM', but must be one of SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2, SIGKILL.")]
    [InlineData(""" "Command": "app", "Start": "always" """, "'FastCgi:Interpreter:Start' is 'always', but must be onDemand or eager.")]
    [InlineData(""" "Command": "app", "User": "no-such-user" """, "'FastCgi:Interpreter:User' is 'no-such-user', but this machine has no such user.")]
    [InlineData(""" "Command": "app", "Group": "no-such-group" """, "'FastCgi:Interpreter:Group' is 'no-such-group', but this machine has no such group.")]
    [InlineData(""" "Command": "app", "WorkingDirectory": "/no/such" """, "'FastCgi:Interpreter:WorkingDirectory' is '/no/such', but must be the absolute path of a directory that exists on this machine.")]
    [InlineData(""" "Command": "app", "Chroot": "/no/such" """, "'FastCgi:Interpreter:Chroot' is '/no/such', but must be the absolute path of a directory that exists on this machine.")]
    [InlineData(""" "Command": "app", "Environment": { "A=B": "c" } """, "'FastCgi:Interpreter:Environment:A=B' ('c') has no right name of an environment variable: it must not be empty and must have neither '=' nor control characters.")]
    public async Task Load_WrongOption_NamesKeyAndValue(string members, string expected)
        => Assert.Equal([$"Cluster 'php': destination 'a': {expected}"], await LoadAsync(members));

    [Theory]
    [InlineData("fastcgi://10.0.0.7:9000")]
    [InlineData("fastcgi://app:9000")]
    public async Task Load_PassSocketOfTheNetwork_IsAnError(string address)
        => Assert.Contains("'FastCgi:Interpreter:PassSocket' is 'true', but the gateway passes no socket of the network on", Assert.Single(await LoadAsync(""" "Command": "app", "PassSocket": true """, address)), StringComparison.Ordinal);

    [Fact]
    public async Task Load_InterpreterOfAnHttpCluster_IsAnError()
    {
        var errors = await ProxyHost.LoadErrorsAsync("", "", """ "Address": "http://localhost", "FastCgi": { "Interpreter": { "Command": "app" } } """);

        Assert.Contains("Cluster 'php': destination 'a': 'FastCgi:Interpreter' is set, but the cluster is not marked FastCGI.", errors);
    }

    [Theory]
    [InlineData("Route 'site'", true)]
    [InlineData("Cluster 'php'", false)]
    public async Task Load_InterpreterOnRouteOrCluster_SaysWhereItStands(string where, bool isRoute)
    {
        const string Options = """ "FastCgi": { "ScriptFile": "/a", "Interpreter": { "Command": "app" } } """;

        var errors = await ProxyHost.LoadErrorsAsync(isRoute ? Options : "", """ "Transport": "fastcgi", """ + (isRoute ? """ "FastCgi": { "ScriptFile": "/a" } """ : Options));

        Assert.Equal([$"{where}: 'FastCgi:Interpreter:Command' ('app') is not a known option. An interpreter stands on a destination."], errors);
    }

    [Fact]
    public async Task Load_TwoProgramsAtOneAddress_IsAnError()
    {
        var errors = await ProxyHost.LoadErrorsAsync(TwoClusters("one", "two"));

        Assert.Equal(["Cluster 'php': destination 'a': 'FastCgi:Interpreter' is another than that of cluster 'other', destination 'b', at the same 'Address' (unix:/run/app.sock): only one program can listen there."], errors);
    }

    [Fact]
    public async Task Load_OneProgramForTwoDestinations_IsAccepted() => Assert.Empty(await ProxyHost.LoadErrorsAsync(TwoClusters("one", "one")));

    private static Task<IReadOnlyList<string>> LoadAsync(string members, string address = "unix:/run/app.sock")
        => ProxyHost.LoadErrorsAsync(
            "",
            """ "Transport": "fastcgi", "FastCgi": { "ScriptFile": "/a" } """,
            $$""" "Address": "{{address}}", "FastCgi": { "Interpreter": { {{members}} } } """);

    private static string TwoClusters(string first, string second) => $$"""
        {
          "ReverseProxy": {
            "Clusters": {
              "php": { "Transport": "fastcgi", "Destinations": { "a": { "Address": "unix:/run/app.sock", "FastCgi": { "Interpreter": { "Command": "{{first}}" } } } } },
              "other": { "Transport": "fastcgi", "Destinations": { "b": { "Address": "unix:///run/app.sock", "FastCgi": { "Interpreter": { "Command": "{{second}}" } } } } }
            }
          }
        }
        """;
}
