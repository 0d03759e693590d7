using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.FunctionalTests.Interpreters;

/// <summary>Programs that end, that do not start, that do not stop, and configurations that change.</summary>
public class SupervisionTests
{
    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Output_OfTheProgram_IsLoggedLineByLineAndNeutralised()
    {
        await using var site = await InterpreterSite.StartAsync();
        var (id, _) = await site.AskWithIdAsync("print=one%1B%5B2J%0Atwo");

        await site.Proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "InterpreterOutput" && entry.Message.EndsWith("two", StringComparison.Ordinal), "the program's lines");

        Assert.Equal(
            ["ready", "one\uFFFD[2J", "two"],
            site.Proxy.Logs.Entries
                .Where(entry => entry.EventId.Name == "InterpreterOutput")
                .Select(entry => entry.Message.Replace($"output of the interpreter of cluster 'app', destination 'a', process {id}: ", "", StringComparison.Ordinal)));
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Exit_WithCode0_AnotherIsStartedAtOnce()
    {
        await using var site = await InterpreterSite.StartAsync();
        var (first, _) = await site.AskWithIdAsync("a");
        using var cut = await site.Client.GetAsync(new Uri("/app?exit", UriKind.Relative));

        var (second, _) = await site.AskWithIdAsync("b");

        Assert.Equal(HttpStatusCode.BadGateway, cut.StatusCode);
        Assert.NotEqual(first, second);
        Assert.Contains(site.Proxy.Logs.Entries, entry => entry.EventId.Name == "InterpreterExited" && entry.Message.Contains("ended with exit code 0", StringComparison.Ordinal));
        Assert.Equal(["a", "exit", "b"], site.Program.Executed);
    }

    [Theory]
    [InlineData("/no/such/program", "'/no/such/program' (Command) could not be run: No such file or directory")]
    [InlineData("/etc/passwd", "'/etc/passwd' (Command) could not be run: Permission denied")]
    [InlineData("/bin/false", "ended with exit code 1 before it accepted connections")]
    public async Task Start_FailsInARow_DestinationIsDownAndSaysWhy(string command, string reason)
    {
        using var directory = new TempDirectory();
        var json = $$"""
            {
              "Routes": { "site": { "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
              "Clusters": {
                "app": {
                  "Transport": "fastcgi",
                  "FastCgi": { "CheckFile": "off" },
                  "HealthCheck": { "Passive": { "Enabled": true } },
                  "Destinations": { "a": { "Address": "unix:{{directory.Combine("a.sock")}}", "FastCgi": { "Interpreter": { "Command": "{{command}}", "MaxFailures": 2, "StartTimeout": "00:00:20" } } } }
                }
              }
            }
            """;
        await using var proxy = await TestProxy.StartAsync(json);

        using var response = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var failure = await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "ForwardingFailed", "the failure");
        Assert.Contains(
            $"ConnectFailed on route 'site', cluster 'app', destination 'a' (unix:{directory.Combine("a.sock")}): answered 502. The interpreter '{command}' of cluster 'app', destination 'a' does not run: 2 starts in a row failed (FastCgi:Interpreter:MaxFailures), the last one because ",
            failure.Message,
            StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        await Eventually.UntilAsync(() => proxy.Destination("a").Health.Passive == DestinationHealth.Unhealthy, "the destination to be taken out");
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Reload_BehindFailure_IsTriedAtOnce()
    {
        using var program = new InterpreterProgram(InterpreterProgram.Python);
        var right = new ProxyJson(program.Address) { Destination = program.Json(""" "MaxFailures": 1 """), Cluster = """ "HealthCheck": { "Passive": { "Enabled": true } } """ };
        await using var proxy = await TestProxy.StartAsync(right.ToString().Replace(program.Command[0], "/bin/false", StringComparison.Ordinal));
        using var refused = await proxy.Client.GetAsync(new Uri("/?a", UriKind.Relative));
        await Eventually.UntilAsync(() => proxy.Destination("a").Health.Passive == DestinationHealth.Unhealthy, "the destination to be taken out");

        Assert.Null(await proxy.ReloadAsync(right));
        await Eventually.UntilAsync(() => proxy.Destination("a").Health.Passive == DestinationHealth.Unknown, "the destination to be back");

        Assert.Equal(HttpStatusCode.BadGateway, refused.StatusCode);
        Assert.EndsWith(" b", await proxy.Client.GetStringAsync("/?b"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_NobodyAccepts_IsKilledBehindStartTimeout()
    {
        using var directory = new TempDirectory();
        await using var proxy = await TestProxy.StartAsync(new ProxyJson($"unix:{directory.Combine("a.sock")}")
        {
            Destination = """ "FastCgi": { "Interpreter": { "Command": "/bin/sleep 1000", "StartTimeout": "00:00:00.3", "MaxFailures": 1 } } """,
        });

        using var response = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var failure = await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "InterpreterNotStarted", "the failed start");
        Assert.Contains("accepted no connection within StartTimeout (00:00:00.3000000)", failure.Message, StringComparison.Ordinal);
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Stop_SignalIgnored_IsKilledBehindStopTimeout()
    {
        using var program = new InterpreterProgram(InterpreterProgram.Python);
        var command = $"trap '' TERM; exec {string.Join(' ', program.Command)}";
        var json = program.Json(""" "StopTimeout": "00:00:00.3" """).Replace($"[ {string.Join(", ", program.Command.Select(argument => $"\"{argument}\""))} ]", $"[ \"/bin/sh\", \"-c\", \"{command}\" ]", StringComparison.Ordinal);
        var proxyJson = new ProxyJson(program.Address) { Destination = json };
        await using var proxy = await TestProxy.StartAsync(proxyJson);
        var group = ProcessGroups.Of(int.Parse((await proxy.Client.GetStringAsync("/?a")).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));

        Assert.Null(await proxy.ReloadAsync(proxyJson with { Destination = "" }));

        await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "InterpreterKilled", "the program to be killed");
        await ProcessGroups.WaitForEndAsync(group);
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Reload_OtherSettings_LeavesTheProgramAlone()
    {
        await using var site = await InterpreterSite.StartAsync();
        var (first, _) = await site.AskWithIdAsync("a");

        Assert.Null(await site.Proxy.ReloadAsync(site.Json().Replace("\"CheckFile\": \"off\"", "\"CheckFile\": \"off\", \"AcceptStatusLine\": true", StringComparison.Ordinal)));

        Assert.Equal(first, (await site.AskWithIdAsync("b")).Id);
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Reload_OtherProgram_RequestInWorkEndsAndTheNextGoesToTheNewOne()
    {
        await using var site = await InterpreterSite.StartAsync();
        var (first, _) = await site.AskWithIdAsync("a");
        var file = site.Program.Directory.Combine("end");
        var inWork = site.AskWithIdAsync($"wait={file}");
        await Eventually.UntilAsync(() => site.Program.Executed.Count == 2, "the request to be in work");

        Assert.Null(await site.Proxy.ReloadAsync(site.Json(""" "WorkingDirectory": "/usr" """)));
        var next = site.AskWithIdAsync("cwd");
        await Eventually.UntilAsync(() => site.Proxy.Pool(site.Program.Address).OpenCount == 2, "the next request to wait");
        Assert.False(next.IsCompleted);
        await File.WriteAllTextAsync(file, "");

        Assert.Equal(first, (await inWork.WithinAsync("the first answer")).Id);
        var (second, directory) = await next.WithinAsync("the second answer");
        Assert.NotEqual(first, second);
        Assert.Equal("/usr", directory);
        await ProcessGroups.WaitForEndAsync(first);
    }
}
