using Microsoft.AspNetCore.Http;
using NSubstitute;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Health;
using Yarp.FastCgi.Tests.LoadBalancing;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Tests.Health;

public class ConnectFailurePolicyTests
{
    private readonly IDestinationHealthUpdater _updater = Substitute.For<IDestinationHealthUpdater>();

    public static TheoryData<Exception> Refusals { get; } =
    [
        new FastCgiException(FastCgiError.ConnectFailed, "refused"),
        new FastCgiException(FastCgiError.ConnectTimeout, "too late"),
        new HttpRequestException(HttpRequestError.ConnectionError),
        new HttpRequestException(HttpRequestError.NameResolutionError),
        new HttpRequestException(HttpRequestError.SecureConnectionError),
    ];

    public static TheoryData<Exception?> Others { get; } =
    [
        null,
        new FastCgiException(FastCgiError.ConnectionLost, "lost"),
        new FastCgiException(FastCgiError.QueueTimeout, "busy"),
        new FastCgiException(FastCgiError.ResponseHeadTimeout, "slow"),
        new HttpRequestException(HttpRequestError.ResponseEnded),
        new OperationCanceledException(),
    ];

    [Theory]
    [MemberData(nameof(Refusals))]
    public void RequestProxied_NoConnection_TakesTheDestinationOutForTenSeconds(Exception exception)
    {
        using var cluster = TestCluster.Of("a");

        Report(cluster, exception);

        _updater.Received(1).SetPassive(cluster.State, cluster.All[0], DestinationHealth.Unhealthy, TimeSpan.FromSeconds(10));
    }

    [Theory]
    [MemberData(nameof(Others))]
    public void RequestProxied_AnyOtherEnd_ChangesNothing(Exception? exception)
    {
        using var cluster = TestCluster.Of("a");

        Report(cluster, exception);

        Assert.Empty(_updater.ReceivedCalls());
    }

    private void Report(TestCluster cluster, Exception? exception)
    {
        var context = new DefaultHttpContext();
        context.Features.Set<IForwarderErrorFeature>(exception is null ? null : new FastCgiErrorFeature(ForwarderError.Request, exception));
        new ConnectFailurePolicy(_updater).RequestProxied(context, cluster.State, cluster.All[0]);
    }
}
