using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Costs.Tests;

/// <summary>
/// The system calls and the allocations of a gateway that runs as people run it, for each request: the regression gate. It fails on counts, never on time.
/// The bounds stand just above what was measured: whoever lowers it lowers them.
/// </summary>
public class GatewayCountsTests
{
    private const int Requests = 1000;
    private const int PageLength = 200;

    /// <summary>Calls that receive, those included that find nothing yet, and that look whether something is there.</summary>
    private const double MostReceives = 5.1;

    /// <summary>All calls but those that wait: how often that happens depends on the machine.</summary>
    private const double MostCalls = 7.5;

    /// <summary>Of the client's connection, for an upload of 64 KiB: 16 KiB at a time, and before each a look whether there is more.</summary>
    private const double MostReceivesOfUpload = 11;

    /// <summary>Bytes for each request without a body: of ASP.NET Core, YARP and our own.</summary>
    private const double MostAllocated = 2800;

    /// <summary>Bytes for each request with a body that comes with its head, as that of a form does; it has a connection to the application of its own.</summary>
    private const double MostAllocatedForForm = 5800;

    private const string BrowserGet =
        "GET /shop/item/42?color=blue HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
        + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
        + "Cookie: session=4f2a9c1d77e04b0b9c1f; consent=all\r\n\r\n";

    private static readonly byte[] Answer = Wire.Join(
        Wire.Stdout($"Content-Type: text/plain\r\nContent-Length: {PageLength}\r\n\r\n" + new string('x', PageLength)), Wire.Record(WireRecordType.Stdout, ""), Wire.EndRequest());

    [RequiresProgramFact(ExternalProgram.Strace)]
    public async Task Get_SmallPage_MakesNoMoreSystemCallsThanItsBound()
    {
        await using var application = StartApplication();
        using var directory = new TempDirectory();
        using var gateway = await StartGatewayAsync(directory, application);
        using var client = await ConnectAsync(gateway);
        await SendAsync(client, BrowserGet, Requests / 4);

        using var trace = await SystemCallTrace.StartAsync(gateway.Id, directory.Combine("calls"));
        await SendAsync(client, BrowserGet, Requests);
        var calls = await trace.StopAsync();

        // One to the application, one to the client; the fraction is what else the process does meanwhile.
        var sends = calls.PerRequest(Requests, "sendto", "sendmsg", "write", "writev");
        var receives = calls.PerRequest(Requests, "recvfrom", "recvmsg", "read", "readv", "poll");
        var all = calls.PerRequestBut(Requests, "epoll_wait", "futex", "sched_yield");
        Assert.True(sends is >= 2 and < 2.05, $"{sends} sends for each request: {calls}");
        Assert.True(receives is >= 2 and <= MostReceives, $"{receives} receives for each request: {calls}");
        Assert.True(all is >= 4 and <= MostCalls, $"{all} calls for each request: {calls}");
    }

    [RequiresProgramFact(ExternalProgram.Strace)]
    public async Task Post_64KiB_IsReceivedInLargePieces()
    {
        const int Uploads = 100;
        var upload = $"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {64 * 1024}\r\n\r\n" + new string('x', 64 * 1024);
        await using var application = StartApplication();
        using var directory = new TempDirectory();
        using var gateway = await StartGatewayAsync(directory, application);
        using var client = await ConnectAsync(gateway);
        await SendAsync(client, upload, Uploads / 4);

        using var trace = await SystemCallTrace.StartAsync(gateway.Id, directory.Combine("calls"));
        await SendAsync(client, upload, Uploads);
        var calls = await trace.StopAsync();

        var receives = calls.PerRequest(Uploads, "recvfrom");
        Assert.True(receives is >= 5 and <= MostReceivesOfUpload, $"{receives} receives for each upload: {calls}");
    }

    [Fact]
    public async Task Get_SmallPage_AllocatesNoMoreThanItsBound()
        => Assert.InRange(await MeasureAllocatedAsync(BrowserGet), 1, MostAllocated);

    [Fact]
    public async Task Post_Form_AllocatesNoMoreThanItsBound()
        => Assert.InRange(await MeasureAllocatedAsync("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1024\r\n\r\n" + new string('x', 1024)), 1, MostAllocatedForForm);

    /// <returns>Bytes for each request.</returns>
    private static async Task<double> MeasureAllocatedAsync(string request)
    {
        await using var application = StartApplication();
        using var directory = new TempDirectory();
        using var gateway = await StartGatewayAsync(directory, application);
        using var client = await ConnectAsync(gateway);
        await SendAsync(client, request, Requests / 4);

        var before = ReadAllocated(directory);
        await SendAsync(client, request, Requests);
        return (ReadAllocated(directory) - before) / (double)Requests;
    }

    private static ScriptedResponder StartApplication() => ScriptedResponder.StartForgetful(static async connection =>
    {
        while (await connection.TryReadRequestAsync() is { } request)
        {
            await connection.SendRawAsync(Wire.WithRequestId(request.Id, Answer));
        }
    });

    private static Task<GatewayProcess> StartGatewayAsync(TempDirectory directory, ScriptedResponder application)
    {
        var configuration = directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "Logging": { "LogLevel": { "Default": "Warning" } },
              "Gateway": { "DrainDelay": "00:00:00" },
              "ReverseProxy": {
                "Routes": { "app": { "ClusterId": "app", "Match": { "Path": "{**path}" } } },
                "Clusters": {
                  "app": {
                    "Transport": "fastcgi",
                    "FastCgi": { "DocumentRoot": "/srv", "CheckFile": "off", "KeepAlive": true, "MaxRequestsPerConnection": 1000000 },
                    "Destinations": { "a": { "Address": "{{application.Address}}" } }
                  }
                }
              }
            }
            """);
        var environment = new Dictionary<string, string>
        {
            // Code that is compiled in steps allocates less by and by, at times that depend on the machine.
            ["DOTNET_TieredCompilation"] = "0",
            ["DOTNET_STARTUP_HOOKS"] = Path.Combine(AppContext.BaseDirectory, "Yarp.FastCgi.Bench.Probe.dll"),
            ["BENCH_PROBE"] = ProbePath(directory),
        };
        return GatewayProcess.StartAsync(directory.Path, environment, "--config", configuration, "--listen", "http://127.0.0.1:0");
    }

    private static Task<RawHttpConnection> ConnectAsync(GatewayProcess gateway) => RawHttpConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, new Uri(gateway.Url).Port));

    private static async Task SendAsync(RawHttpConnection client, string request, int count)
    {
        var bytes = Encoding.ASCII.GetBytes(request);
        for (var i = 0; i < count; i++)
        {
            await client.SendAsync(bytes);
            Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
            await client.ReadExactlyAsync(PageLength);
        }
    }

    /// <returns>Bytes that the gateway has allocated since its start, as the comparison's startup hook tells.</returns>
    private static long ReadAllocated(TempDirectory directory)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(ProbePath(directory)));
        var buffer = new byte[32];
        return long.Parse(Encoding.ASCII.GetString(buffer, 0, socket.Receive(buffer)), CultureInfo.InvariantCulture);
    }

    private static string ProbePath(TempDirectory directory) => directory.Combine("probe.sock");
}
