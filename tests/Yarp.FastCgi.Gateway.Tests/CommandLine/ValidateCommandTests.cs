namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

public sealed class ValidateCommandTests : IDisposable
{
    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [Fact]
    public async Task Validate_RightFile_CountsWhatIsInIt()
    {
        var file = Write(""" "DocumentRoot": "/srv" """);

        Assert.Equal(0, await _command.RunAsync("validate", file));

        Assert.Equal($"{file}: 1 routes, 1 clusters, no errors\n", _command.Output);
        Assert.Empty(_command.Error);
    }

    [Fact]
    public async Task Validate_WrongFile_HasALineForEachErrorWithKeyAndValue()
    {
        var file = Write(""" "Inedx": "a.php", "MaxConnections": 0 """);

        Assert.Equal(1, await _command.RunAsync("validate", file));

        Assert.Empty(_command.Output);
        var lines = _command.Error.TrimEnd().Split('\n');
        Assert.All(lines, line => Assert.StartsWith($"{file}: error: ", line, StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("'FastCgi:Inedx' ('a.php') is not a known option. Did you mean 'FastCgi:Index'?", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("'FastCgi:MaxConnections' is '0'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{ no JSON", "LineNumber: 0")]
    [InlineData("{}", "has neither sites (Gateway:Sites) nor a ReverseProxy section")]
    public async Task Validate_NoConfiguration_SaysWhy(string text, string expected)
    {
        Assert.Equal(1, await _command.RunAsync("validate", _command.Directory.WriteFile("gateway.json", text)));

        Assert.Contains(expected, _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_HostThatIsNotKnownHere_IsRight()
    {
        var file = _command.Directory.WriteFile(
            "gateway.json", """{ "Gateway": { "DnsRefresh": "00:00:05", "Sites": { "site": { "App": "fastcgi://php.invalid:9000" } } } }""");

        Assert.Equal(0, await _command.RunAsync("validate", file));

        Assert.Equal($"{file}: 1 routes, 1 clusters, no errors\n", _command.Output);
    }

    [Fact]
    public async Task Validate_NoFile_IsAWrongCommandLine()
    {
        Assert.Equal(2, await _command.RunAsync("validate", "/none.json"));

        Assert.Contains("there is no file '/none.json'", _command.Error, StringComparison.Ordinal);
    }

    private string Write(string cluster) => _command.Directory.WriteFile(
        "gateway.json",
        $$"""
        {
          "ReverseProxy": {
            "Routes": { "site": { "ClusterId": "php", "Match": { "Path": "{**path}" } } },
            "Clusters": { "php": { "Transport": "fastcgi", "FastCgi": { {{cluster}} }, "Destinations": { "a": { "Address": "unix:/run/php.sock" } } } }
          }
        }
        """);
}
