using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Telemetry;

public class LogTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    [Fact]
    public async Task Failure_IsLoggedInTheScopeOfItsRequest()
    {
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(await ScriptedResponder.UnusedAddressAsync()));

        await SendAsync(proxy);

        var entry = await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "ForwardingFailed", "the failure");
        AssertScope(entry);
    }

    [Fact]
    public async Task Stderr_HasACategoryALevelAndTheScopeOfItsRequest()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStderrAsync("PHP message: PHP Fatal error:  Uncaught Exception\nanything\n");
            await connection.SendReplyAsync(Reply.Empty);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        await SendAsync(proxy);

        await proxy.Logs.WaitForAsync(entry => entry.Message.EndsWith("anything", StringComparison.Ordinal), "the second line");
        var lines = proxy.Logs.Entries.Where(entry => entry.Category == "Yarp.FastCgi.Stderr").ToArray();
        Assert.Equal(["Error", "Warning"], lines.Select(entry => $"{entry.Level}"));
        Assert.All(lines, AssertScope);
    }

    [Fact]
    public async Task Stderr_FromManyRequests_IsHeldBackByDestination()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStderrAsync(string.Concat(Enumerable.Repeat("line\n", 500)));
            await connection.SendReplyAsync(Reply.Empty);
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        await SendAsync(proxy);

        var heldBack = await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "StderrHeldBack", "the count");
        Assert.Contains(responder.Address, heldBack.Message, StringComparison.Ordinal);
        Assert.InRange(proxy.Logs.Entries.Count(entry => entry.EventId.Name == "Stderr"), 100, 499);
    }

    private static void AssertScope(LogEntry entry)
    {
        Assert.Equal("site", entry.Scope["RouteId"]);
        Assert.Equal("app", entry.Scope["ClusterId"]);
        Assert.Equal("a", entry.Scope["DestinationId"]);
        Assert.Equal(TraceId, entry.Scope["TraceId"]);
    }

    private static async Task SendAsync(TestProxy proxy)
    {
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\ntraceparent: 00-{TraceId}-b7ad6b7169203331-01\r\n\r\n");
        await client.ReadToEndAsync();
    }
}
