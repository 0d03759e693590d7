using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>The program from its command line to its exit code, in this process.</summary>
public sealed class GatewayProgramTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly StringWriter _error = new();

    [Fact]
    public async Task RunAsync_Demo_TellsWhereAndWhatAndEndsWithZero()
    {
        using var output = new ReportWriter();
        using var stop = new CancellationTokenSource();
        var run = GatewayProgram.RunAsync(["--listen", "http://127.0.0.1:0", "--listen", "h2c://127.0.0.1:0"], output, _error, stop: stop.Token);

        await output.Complete.WithinAsync("the gateway to report its start");
        await stop.CancelAsync();

        Assert.Equal(0, await run.WithinAsync("the gateway to stop"));
        Assert.Empty(_error.ToString());
        Assert.Matches(@"listens on   http://127\.0\.0\.1:[1-9]\d* \(HTTP/1\.1\), http://127\.0\.0\.1:[1-9]\d* \(HTTP/2 by prior knowledge\)", output.ToString());
        Assert.Contains("serves       a demo application inside the gateway", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("--root DIR --app unix:/run/php/php-fpm.sock", output.ToString(), StringComparison.Ordinal);
        var socket = Regex.Match(output.ToString(), @"application  unix:(\S+)").Groups[1].Value;
        Assert.False(Directory.Exists(Path.GetDirectoryName(socket)), "The directory of the socket is left behind.");
    }

    [Fact]
    public async Task RunAsync_Site_TellsItsRootAndApplication()
    {
        using var output = new ReportWriter();
        using var stop = new CancellationTokenSource();
        var run = GatewayProgram.RunAsync(
            ["--root", _directory.Path, "--app", "fastcgi://127.0.0.1", "--listen", "http://127.0.0.1:0"], output, _error, stop: stop.Token);

        await output.Complete.WithinAsync("the gateway to report its start");
        await stop.CancelAsync();

        Assert.Equal(0, await run.WithinAsync("the gateway to stop"));
        Assert.Contains($"serves       {_directory.Path}", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("application  fastcgi://127.0.0.1:9000", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_ToldToStopBeforeTheStart_EndsWithZero()
        => Assert.Equal(0, await GatewayProgram.RunAsync(["--listen", "http://127.0.0.1:0"], TextWriter.Null, _error, stop: new CancellationToken(canceled: true)));

    [Fact]
    public async Task RunAsync_Management_IsToldAndServed()
    {
        using var output = new ReportWriter();
        using var stop = new CancellationTokenSource();
        var run = GatewayProgram.RunAsync(["--listen", "http://127.0.0.1:0", "--management", "http://127.0.0.1:0"], output, _error, stop: stop.Token);
        await output.Complete.WithinAsync("the gateway to report its start");

        var url = Regex.Match(output.ToString(), @"^  management   (http://127\.0\.0\.1:[1-9]\d*)\r?$", RegexOptions.Multiline).Groups[1].Value;
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        Assert.Equal("Healthy\n", await client.GetStringAsync(new Uri(url + "/readyz")));
        await stop.CancelAsync();
        Assert.Equal(0, await run.WithinAsync("the gateway to stop"));
    }

    [Fact]
    public async Task RunAsync_BadGatewaySettings_ListsEveryErrorOnALineAndEndsWithOne()
    {
        var lines = await FailAsync(
            """
            {
              "Gateway": { "DrainDelay": "5", "DrainTimeout": "-00:00:01", "Management": "localhost", "DrainDelai": "00:00:01" },
              "ReverseProxy": { "Routes": {}, "Clusters": {} }
            }
            """);

        var sorted = lines.Order(StringComparer.Ordinal).ToList();
        Assert.StartsWith("error: 'Gateway:DrainDelai' is not a known option: use ", sorted[0], StringComparison.Ordinal);
        Assert.Contains(" DrainDelay, ", sorted[0], StringComparison.Ordinal);
        Assert.Equal(
            [
                "error: 'Gateway:DrainDelay' is '5', but must be a time in the form 00:00:05 (hours:minutes:seconds), from 00:00:00 to 24.00:00:00 (24 days).",
                "error: 'Gateway:DrainTimeout' is '-00:00:01', but must be a time in the form 00:00:05 (hours:minutes:seconds), from 00:00:00 to 24.00:00:00 (24 days).",
                "error: 'Gateway:Management': 'localhost' is not an address of the management listener: use http://HOST:PORT",
            ],
            sorted.Skip(1));
    }

    [Fact]
    public async Task RunAsync_WrongCommandLine_EndsWithTwo()
        => Assert.Equal(2, await GatewayProgram.RunAsync(["--root", _directory.Path], _error, _error));

    [Fact]
    public async Task RunAsync_BadConfiguration_ListsEveryErrorOnALineAndEndsWithOne()
    {
        var lines = await FailAsync(
            """
            {
              "ReverseProxy": {
                "Routes": {
                  "site": { "ClusterId": "php", "Match": { "Path": "/{" }, "FastCgi": { "DocumentRoot": "/srv", "Roott": "/x" } }
                },
                "Clusters": {
                  "php": {
                    "Transport": "fastcgi",
                    "LoadBalancingPolicy": "Nope",
                    "FastCgi": { "ConnectTimeout": "-1" },
                    "Destinations": { "a": { "Address": "ftp://x" } }
                  }
                }
              }
            }
            """);

        Assert.Equal(5, lines.Length);
        Assert.All(lines, line => Assert.StartsWith("error: ", line, StringComparison.Ordinal));
        foreach (var expected in new[] { "'FastCgi:Roott'", "'/{'", "'Nope'", "'-1'", "'ftp://x'" })
        {
            Assert.Single(lines, line => line.Contains(expected, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("{ \"ReverseProxy\": ", "gateway.json'")]
    [InlineData("{}", "has neither sites (Gateway:Sites) nor a ReverseProxy section")]
    public async Task RunAsync_UnusableFile_NamesItAndEndsWithOne(string content, string expected)
    {
        var line = Assert.Single(await FailAsync(content));

        Assert.Contains("gateway.json", line, StringComparison.Ordinal);
        Assert.Contains(expected, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_AddressInUse_SaysSoAndEndsWithOne()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = $"http://{listener.LocalEndpoint}";

        Assert.Equal(1, await GatewayProgram.RunAsync(["--listen", url], TextWriter.Null, _error).WithinAsync("the gateway to give up"));

        Assert.StartsWith($"error: Failed to bind to address {url}: address already in use.", _error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _directory.Dispose();
        _error.Dispose();
    }

    private async Task<string[]> FailAsync(string configuration)
    {
        var file = _directory.WriteFile("gateway.json", configuration);
        Assert.Equal(1, await GatewayProgram.RunAsync(["--config", file], TextWriter.Null, _error).WithinAsync("the gateway to give up"));
        return _error.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>Tells when the last line of the report has been written.</summary>
    private sealed class ReportWriter : StringWriter
    {
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Complete => _complete.Task;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (value == "Press Ctrl+C to stop.")
            {
                _complete.SetResult();
            }
        }
    }
}
