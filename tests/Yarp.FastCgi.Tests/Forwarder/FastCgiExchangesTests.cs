using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Retries;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Forwarder;

public sealed class FastCgiExchangesTests : IDisposable
{
    // The reader has a test of its own; the lock belongs to no request.
    private static readonly string[] Kept = ["_response", "_phase"];

    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly FastCgiExchanges _exchanges;

    public FastCgiExchangesTests()
    {
        _exchanges = new FastCgiExchanges(
            TimeProvider.System, new FastCgiMetrics(_services.GetRequiredService<IMeterFactory>()), new StderrLogs(NullLoggerFactory.Instance, TimeProvider.System), NullLogger<FastCgiForwarder>.Instance);
    }

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task Begin_WithOneThatWasReturned_KnowsNothingOfTheRequestBefore()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendReplyAsync(Reply.Status(200));
            await connection.WaitForPeerCloseAsync();
        });
        using var pool = new DedicatedPool(FastCgiEndpoint.Parse(responder.Address), SettingsResolver.ResolveConnections(null, null), TimeProvider.System);
        using var writer = new RequestWriter();
        writer.BeginRequest(FastCgiConnection.FirstRequestId, FastCgiRole.Responder, keepConnection: false);
        writer.EndParams();
        writer.EndStdin();
        var fresh = _exchanges.Begin(About(pool));
        var used = _exchanges.Begin(About(pool));
        await used.SendAsync(writer, body: null, CancellationToken.None).AsTask().WithinAsync("the response head");
        used.BeginBody();
        await used.DisposeAsync();

        _exchanges.Return(used);

        Assert.Same(used, _exchanges.Begin(About(pool)));
        foreach (var field in typeof(FastCgiExchange).GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Where(static field => !Kept.Contains(field.Name)))
        {
            Assert.True(Equals(field.GetValue(fresh), field.GetValue(used)), field.Name);
        }
    }

    private static ExchangeRequest About(DedicatedPool pool) => new()
    {
        Target = new ForwardingTarget(pool, SettingsResolver.ResolveConnections(null, null), RetryPolicy.SameDestination),
        Site = new RequestSite(context: null, pool.Endpoint),
        Method = "GET",
        ActivityTimeout = TimeSpan.FromMinutes(1),
    };
}
