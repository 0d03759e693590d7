using System.Diagnostics;
using System.Globalization;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Gateway.Tests.Listeners;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Reload;

/// <summary>A configuration that changes while the gateway serves.</summary>
public sealed class ReloadTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Change_WithErrors_TellsAllAndLeavesTheConfigurationBefore()
    {
        await using var gateway = await FrontGateway.StartAsync("{ }");

        gateway.ChangeConfiguration("""{ "DrainDelay": "soon", "Unknown": 1 }""", """ "FastCgi": { "Rooot": "/x" }, """);
        string[] told = [await gateway.Logs.WaitForAsync("not used"), await gateway.Logs.WaitForAsync("not used"), await gateway.Logs.WaitForAsync("not used")];

        Assert.Contains(told, error => error.Contains("'Gateway:DrainDelay' is 'soon'", StringComparison.Ordinal));
        Assert.Contains(told, error => error.Contains("'Gateway:Unknown' is not a known option", StringComparison.Ordinal));
        Assert.Contains(told, error => error.Contains("Rooot", StringComparison.Ordinal));
        Assert.Contains(" /a", await GetAsync(gateway, "/a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_OfARoute_TakesEffectAndIsTold()
    {
        await using var gateway = await FrontGateway.StartAsync("{ }");

        gateway.ChangeConfiguration("{ }", """ "Transforms": [{ "PathPrefix": "/new" }], """);
        await gateway.Logs.WaitForAsync("was read again");

        await Eventually.UntilAsync(async () => (await GetAsync(gateway, "/a")).Contains(" /new/a", StringComparison.Ordinal), "the changed route to take effect");
    }

    [Fact]
    public async Task Change_OfWhatIsReadAtTheStart_IsToldByItsKey()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "DrainDelay": "00:00:01", "DrainTimeout": "00:00:20" }""");

        gateway.ChangeConfiguration("""{ "DrainTimeout": "00:00:21" }""");

        Assert.Contains("'Gateway:DrainDelay' has changed", await gateway.Logs.WaitForAsync("restart"), StringComparison.Ordinal);
        Assert.Contains("'Gateway:DrainTimeout' has changed", await gateway.Logs.WaitForAsync("restart"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_OfCertificates_TakesEffect()
    {
        using var files = new TestCertificates();
        var one = files.Write("one", "one.test");
        var two = files.Write("two", "two.test");
        await using var gateway = await FrontGateway.StartAsync($$"""{ "Tls": { "Certificates": { "one": {{files.Options("one")}} } } }""", listen: "https://127.0.0.1:0");
        await using var living = await TlsClient.ConnectAsync(gateway.EndPoint, "two.test");
        Assert.Equal(one, living.Thumbprint);

        gateway.ChangeConfiguration($$"""{ "Tls": { "Certificates": { "one": {{files.Options("one")}}, "two": {{files.Options("two")}} } } }""");
        await gateway.Logs.WaitForAsync("was read again");

        await using var client = await TlsClient.ConnectAsync(gateway.EndPoint, "two.test");
        Assert.Equal(two, client.Thumbprint);
        Assert.Contains("https=on", await living.SendAndKeepAsync("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "/a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_OfKestrelsEndpoints_OpensTheNewOneAndLeavesTheOthers()
    {
        using var files = new TestCertificates();
        files.Write("one", "one.test");
        var tls = $$"""{ "Tls": { "Certificates": { "one": {{files.Options("one")}} } } }""";
        var ports = (Tls: FreePort.OnLoopback().Port, New: FreePort.OnLoopback().Port);
        var first = string.Create(CultureInfo.InvariantCulture, $$""" "a": { "Url": "https://127.0.0.1:{{ports.Tls}}" } """);
        var second = string.Create(CultureInfo.InvariantCulture, $$""" "b": { "Url": "http://127.0.0.1:{{ports.New}}" } """);
        await using var gateway = await FrontGateway.StartAsync(tls, sections: $$""" "Kestrel": { "Endpoints": { {{first}} } },""");
        await using var living = await TlsClient.ConnectAsync(gateway.EndPoint, "one.test");
        Assert.Contains("https=on", await living.SendAndKeepAsync("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "/a"), StringComparison.Ordinal);

        gateway.ChangeConfiguration(tls, """ "Transforms": [{ "PathPrefix": "/new" }], """, $$""" "Kestrel": { "Endpoints": { {{first}}, {{second}} } },""");
        using var client = new HttpClient { Timeout = TestTimeout.Default };
        await Eventually.UntilAsync(
            async () =>
            {
                try
                {
                    return (await client.GetStringAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports.New}/a")))).EndsWith(" /new/a", StringComparison.Ordinal);
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            "the new endpoint to be listened on");

        Assert.Contains("https=on /new/a", await living.SendAndKeepAsync("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "/a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_WithACertificateThatCannotBeUsed_ChangesNothing()
    {
        using var files = new TestCertificates();
        var one = files.Write("one", "one.test");
        await using var gateway = await FrontGateway.StartAsync($$"""{ "Tls": { "Certificates": { "one": {{files.Options("one")}} } } }""", listen: "https://127.0.0.1:0");

        gateway.ChangeConfiguration("""{ "Tls": { "Certificates": { "one": { "Path": "/nowhere.pem" } } } }""", """ "Transforms": [{ "PathPrefix": "/new" }], """);
        Assert.Contains("/nowhere.pem", await gateway.Logs.WaitForAsync("not used"), StringComparison.Ordinal);

        await using var client = await TlsClient.ConnectAsync(gateway.EndPoint, "one.test");
        Assert.Equal(one, client.Thumbprint);
        Assert.Contains(" /a", await client.SendAndKeepAsync("GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "/a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sighup_UnchangedFile_ReadsItAgainAndTellsTheServiceManager()
    {
        using var manager = NotifySocket.Listen(_directory.Combine("notify.sock"));
        var file = _directory.WriteFile("gateway.json", """{ "Kestrel": { "Endpoints": { "http": { "Url": "http://127.0.0.1:0" } } }, "ReverseProxy": { "Routes": { }, "Clusters": { } } }""");
        using var gateway = await GatewayProcess.StartAsync(
            _directory.Path, new Dictionary<string, string> { ["NOTIFY_SOCKET"] = _directory.Combine("notify.sock"), ["Gateway__DrainDelay"] = "00:00:00" }, "--config", file);
        Assert.Equal("READY=1", await manager.ReceiveAsync());

        await SignalAsync(gateway.Id, "-HUP");
        Assert.Matches(@"^RELOADING=1\nMONOTONIC_USEC=[1-9]\d*$", await manager.ReceiveAsync());
        Assert.Equal("READY=1", await manager.ReceiveAsync());

        Assert.Equal(0, await gateway.StopAsync());
        Assert.Equal("STOPPING=1", await manager.ReceiveAsync());
        Assert.Contains($"The configuration was read again from {file}.", await gateway.ReadLogAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sighup_AppSettings_AreReadAgain()
    {
        _directory.WriteFile("appsettings.json", """{ "Kestrel": { "Endpoints": { "http": { "Url": "http://127.0.0.1:0" } } }, "ReverseProxy": { "Routes": { }, "Clusters": { } } }""");
        using var manager = NotifySocket.Listen(_directory.Combine("notify.sock"));
        using var gateway = await GatewayProcess.StartAsync(
            _directory.Path, new Dictionary<string, string> { ["NOTIFY_SOCKET"] = _directory.Combine("notify.sock"), ["Gateway__DrainDelay"] = "00:00:00" });
        Assert.Equal("READY=1", await manager.ReceiveAsync());

        await SignalAsync(gateway.Id, "-HUP");
        Assert.StartsWith("RELOADING=1", await manager.ReceiveAsync(), StringComparison.Ordinal);
        Assert.Equal("READY=1", await manager.ReceiveAsync());
        Assert.Equal(0, await gateway.StopAsync());
    }

    public void Dispose() => _directory.Dispose();

    private static async Task SignalAsync(int process, string signal)
    {
        using var kill = Process.Start("kill", [signal, process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WithinAsync("the signal to be sent");
    }

    private static Task<string> GetAsync(FrontGateway gateway, string path) => gateway.SendAsync($"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
}
