using System.Diagnostics.Metrics;
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

public class FastCgiExchangeTests
{
    [Fact]
    public async Task Send_ApplicationReadsNoFurther_ItsAnswerCountsWhenItComesLater()
    {
        var body = new UnreadBody();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await body.Failed.Task.WithinAsync("sending the body to fail");
            await connection.SendReplyAsync(Reply.Status(403));
            await connection.WaitForPeerCloseAsync();
        });
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        using var pool = new DedicatedPool(FastCgiEndpoint.Parse(responder.Address), SettingsResolver.ResolveConnections(null, null), TimeProvider.System);
        var target = new ForwardingTarget(pool, SettingsResolver.ResolveConnections(null, null), RetryPolicy.SameDestination);
        using var writer = new RequestWriter();
        writer.BeginRequest(FastCgiConnection.FirstRequestId, FastCgiRole.Responder, keepConnection: false);
        writer.EndParams();

        await using var exchange = new FastCgiExchange(
            TimeProvider.System, new FastCgiMetrics(services.GetRequiredService<IMeterFactory>()), new StderrLogs(NullLoggerFactory.Instance, TimeProvider.System), NullLogger.Instance);
        exchange.Begin(new ExchangeRequest { Target = target, Site = new RequestSite(context: null, pool.Endpoint), Method = "POST", ActivityTimeout = TimeSpan.FromMinutes(1) });
        await exchange.SendAsync(writer, body, CancellationToken.None).AsTask().WithinAsync("the response head");

        Assert.Equal(403, (await ResponseHead.ReadFinalAsync(exchange, acceptStatusLine: false)).StatusCode);
    }

    /// <summary>A body at whose first byte the application turns out to read no further.</summary>
    private sealed class UnreadBody : RequestBody
    {
        public TaskCompletionSource Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override long? Length => 1;

        public override bool CanReplay => false;

        public override ValueTask SendAsync(FastCgiConnection connection, ushort requestId, Action progress)
        {
            Failed.SetResult();
            throw new FastCgiException(FastCgiError.ConnectionLost, "The application reads no further.");
        }

        public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
