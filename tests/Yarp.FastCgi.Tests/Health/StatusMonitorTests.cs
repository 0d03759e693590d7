using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NSubstitute;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Health;
using Yarp.FastCgi.Testing;
using Yarp.FastCgi.Tests.Transport;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Tests.Health;

public sealed class StatusMonitorTests : IDisposable
{
    private readonly Meter _meter = new("Yarp.FastCgi");
    private readonly FastCgiMetrics _metrics;

    public StatusMonitorTests()
    {
        var meters = Substitute.For<IMeterFactory>();
        meters.Create(Arg.Any<MeterOptions>()).Returns(_meter);
        _metrics = new FastCgiMetrics(meters);
    }

    [Fact]
    public async Task OnClusterAdded_ApplicationHasNotStarted_AsksOnlyThen()
    {
        await using var early = ScriptedResponder.Start(_ => Reply.Text("""{"active processes":1,"idle processes":2}"""));
        await using var late = ScriptedResponder.Start(_ => Reply.Text("""{"active processes":1,"idle processes":2}"""));
        using var starting = new CancellationTokenSource();
        using var waiting = Create(starting.Token);
        using var running = Create(new CancellationToken(canceled: true));
        var (cluster, client) = Cluster(early.Address);
        var (other, otherClient) = Cluster(late.Address);
        using var clients = client;
        using var otherClients = otherClient;

        // Whoever is asked behind it has been asked, so it would have been as well.
        waiting.OnClusterAdded(cluster);
        running.OnClusterAdded(other);
        await late.WaitForRequestAsync();
        Assert.Equal(0, early.AcceptedConnections);

        await starting.CancelAsync();
        var request = await early.WaitForRequestAsync();
        Assert.Equal("/status?json", request["REQUEST_URI"]);
        await Eventually.UntilAsync(() => client.Pools.Get(early.Address).Load is { Workers: 3 }, "the status to be known");

        waiting.OnClusterRemoved(cluster);
        Assert.Null(client.Pools.Get(early.Address).Load);
    }

    public void Dispose() => _meter.Dispose();

    private StatusMonitor Create(CancellationToken started)
    {
        var lifetime = Substitute.For<IHostApplicationLifetime>();
        lifetime.ApplicationStarted.Returns(started);
        return new StatusMonitor(lifetime, TimeProvider.System, _metrics, NullLogger<StatusMonitor>.Instance);
    }

    private (ClusterState State, FastCgiMessageInvoker Client) Cluster(string address)
    {
        var config = new ClusterConfig { ClusterId = "app" }.WithFastCgi(new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off, StatusPath = "/status" });
        var factory = new FastCgiClientFactory(
            Substitute.For<IForwarderHttpClientFactory>(),
            new RequestHeaderEncoding(Options.Create(new KestrelServerOptions())),
            new NoGates(),
            TimeProvider.System,
            _metrics,
            new FastCgiExchanges(TimeProvider.System, _metrics, new StderrLogs(NullLoggerFactory.Instance, TimeProvider.System), NullLogger<FastCgiForwarder>.Instance),
            NullLogger<FastCgiClientFactory>.Instance);
        var client = (FastCgiMessageInvoker)factory.CreateClient(new ForwarderHttpClientContext { ClusterId = "app", NewConfig = HttpClientConfig.Empty, NewMetadata = config.Metadata });
        DestinationState[] destinations = [new DestinationState("a", new DestinationModel(new DestinationConfig { Address = address }))];
        return (new ClusterState("app", new ClusterModel(config, client)) { DestinationsState = new ClusterDestinationsState(destinations, destinations) }, client);
    }
}
