using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Health;

/// <summary>Has every destination asked how busy it is whose cluster wants that.</summary>
internal sealed class StatusMonitor : IClusterChangeListener, IDisposable
{
    // By cluster. YARP applies one configuration at a time; the other party are those who measure.
    private readonly ConcurrentDictionary<string, IReadOnlyList<StatusWatch>> _watches = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CancellationToken _applicationStarted;

    public StatusMonitor(IHostApplicationLifetime lifetime, TimeProvider timeProvider, FastCgiMetrics metrics, ILogger<StatusMonitor> logger)
    {
        _timeProvider = timeProvider;
        _logger = logger;

        // A configuration that is only looked at has nobody asked.
        _applicationStarted = lifetime.ApplicationStarted;
        _applicationStarted.UnsafeRegister(static state => ((StatusMonitor)state!).StartAll(), this);
        metrics.ObserveFpm(Read);
    }

    public void OnClusterAdded(ClusterState cluster) => Watch(cluster.ClusterId, StatusTarget.Of(cluster));

    public void OnClusterChanged(ClusterState cluster) => Watch(cluster.ClusterId, StatusTarget.Of(cluster));

    public void OnClusterRemoved(ClusterState cluster) => Watch(cluster.ClusterId, []);

    public void Dispose()
    {
        foreach (var clusterId in _watches.Keys)
        {
            Watch(clusterId, []);
        }
    }

    private void Watch(string clusterId, IEnumerable<StatusTarget> targets)
    {
        var watches = new List<StatusWatch>();
        var old = _watches.GetValueOrDefault(clusterId, []);
        foreach (var target in targets)
        {
            watches.Add(old.FirstOrDefault(watch => watch.Target == target) ?? new StatusWatch(target, _timeProvider, _logger));
        }

        foreach (var watch in old.Except(watches))
        {
            // A size that is going to be followed on is not given up in between.
            watch.Stop(keepsSize: watches.Exists(other => other.Target.FollowsOn(watch.Target)));
            watch.Dispose();
        }

        if (watches.Count > 0)
        {
            _watches[clusterId] = watches;
        }
        else
        {
            _watches.TryRemove(clusterId, out _);
        }

        // Behind the list: the start of the application either finds them there, or was before.
        if (_applicationStarted.IsCancellationRequested)
        {
            watches.ForEach(static watch => watch.Start());
        }
    }

    private void StartAll()
    {
        foreach (var (_, watches) in _watches)
        {
            foreach (var watch in watches)
            {
                watch.Start();
            }
        }
    }

    /// <summary>What php-fpm said of itself last, of each destination that is asked.</summary>
    public IEnumerable<FpmReading> Read()
    {
        foreach (var (_, watches) in _watches)
        {
            foreach (var watch in watches)
            {
                if (watch.Latest is { } status)
                {
                    yield return new FpmReading(watch.Target.ClusterId, watch.Target.DestinationId, status);
                }
            }
        }
    }
}
