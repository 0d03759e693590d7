using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

public sealed class ValidateCommandTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _directory.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Fact]
    public async Task Validate_RightFile_CountsWhatIsInIt()
    {
        var file = Write(""" "DocumentRoot": "/srv" """);

        Assert.Equal(0, await RunAsync("validate", file));

        Assert.Equal($"{file}: 1 routes, 1 clusters, no errors\n", _output.ToString());
        Assert.Empty(_error.ToString());
    }

    [Fact]
    public async Task Validate_WrongFile_HasALineForEachErrorWithKeyAndValue()
    {
        var file = Write(""" "Inedx": "a.php", "MaxConnections": 0 """);

        Assert.Equal(1, await RunAsync("validate", file));

        Assert.Empty(_output.ToString());
        var lines = _error.ToString().TrimEnd().Split('\n');
        Assert.All(lines, line => Assert.StartsWith($"{file}: error: ", line, StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("'FastCgi:Inedx' ('a.php') is not a known option. Did you mean 'FastCgi:Index'?", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.Contains("'FastCgi:MaxConnections' is '0'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{ no JSON", "LineNumber: 0")]
    [InlineData("{}", "has neither sites (Gateway:Sites) nor a ReverseProxy section")]
    public async Task Validate_NoConfiguration_SaysWhy(string text, string expected)
    {
        Assert.Equal(1, await RunAsync("validate", _directory.WriteFile("gateway.json", text)));

        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Validate_NoFile_IsAWrongCommandLine()
    {
        Assert.Equal(2, await RunAsync("validate", "/none.json"));

        Assert.Contains("there is no file '/none.json'", _error.ToString(), StringComparison.Ordinal);
    }

    private string Write(string cluster) => _directory.WriteFile(
        "gateway.json",
        $$"""
        {
          "ReverseProxy": {
            "Routes": { "site": { "ClusterId": "php", "Match": { "Path": "{**path}" } } },
            "Clusters": { "php": { "Transport": "fastcgi", "FastCgi": { {{cluster}} }, "Destinations": { "a": { "Address": "unix:/run/php.sock" } } } }
          }
        }
        """);

    private Task<int> RunAsync(params string[] args) => new GatewayCommand((_, _) => throw new InvalidOperationException("Nothing is to be served.")).RunAsync(args, _output, _error);
}
