using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Connections;

public class FirstRecordTests
{
    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Connection_Opened_BringsARequestAndNothingElse(string keepAlive)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        var json = new ProxyJson(responder.Address)
        {
            ClusterFastCgi = $""" "KeepAlive": {keepAlive}, "MaxConnectionLifetime": "01:00:00", "MaxConnections": 4 """,
            Cluster = """ "HealthCheck": { "Active": { "Enabled": true, "Interval": "01:00:00", "Path": "/ping" } } """,
        };
        await using var proxy = await TestProxy.StartAsync(json);

        await proxy.ProbeAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => proxy.Client.GetStringAsync("/")));
        Assert.Null(await proxy.ReloadAsync(json with { FastCgi = """ "CheckFile": "off", "Params": { "A": "1" } """ }));
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => proxy.Client.GetStringAsync("/")));

        // A connection made ahead would pin a php-fpm worker (G4), GET_VALUES would end it (G3, G5).
        Assert.Equal(responder.Requests.Select(request => request.ConnectionNumber).Distinct().Count(), responder.AcceptedConnections);
        Assert.All(responder.Requests, request => Assert.Equal(
            [WireRecordType.BeginRequest, WireRecordType.Params, WireRecordType.Params, WireRecordType.Stdin],
            request.Records.Select(record => record.Type)));
        Assert.All(responder.Requests, request => Assert.Equal(8, request.Records[0].Content.Length));
    }
}
