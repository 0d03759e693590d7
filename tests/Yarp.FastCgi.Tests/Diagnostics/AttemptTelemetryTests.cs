using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;

namespace Yarp.FastCgi.Tests.Diagnostics;

public class AttemptTelemetryTests
{
    private const int Calls = 50;

    [Fact]
    public void Attempt_NobodyListens_AllocatesNothing()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var metrics = new FastCgiMetrics(services.GetRequiredService<IMeterFactory>());
        using var pool = new DedicatedPool(FastCgiEndpoint.Parse("unix:/run/app.sock"), SettingsResolver.ResolveConnections(null, null), TimeProvider.System);
        metrics.Register(pool, "app");
        var site = new RequestSite(context: null, pool.Endpoint);
        var fields = 0;

        Measure();
        Assert.Equal(0, Measure());
        Assert.Equal(0, fields);

        long Measure()
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < Calls; i++)
            {
                var attempt = AttemptTelemetry.Start("GET", site, pool, "/index.php", resends: 0, metrics, isTraced: true, TimeProvider.System);
                fields += TraceFields.Replaced is null ? 0 : 1;
                attempt.OnQueued();
                attempt.OnDequeued();
                attempt.OnHeadReceived();
                attempt.OnStatus(200);
                attempt.OnFailure("canceled", "The client went away.");
                metrics.OnStderr(pool, 100);
                metrics.OnRetry(pool, "status");
                attempt.End();
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
