using System.Collections.Frozen;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Interpreters.Native;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Interpreters;

/// <summary>
/// The interpreters of the configuration that is in force, one for each address: follows its changes, restarts what changed and nothing
/// else, and stops all with the gateway.
/// </summary>
internal sealed class InterpreterRegistry : IClusterChangeListener, IConnectGates, IHostedService, IDisposable
{
    private readonly IDestinationHealthUpdater _health;
    private readonly TimeProvider _timeProvider;
    private readonly InterpreterMetrics _metrics;
    private readonly ILogger _logger;
    private readonly IProcessLauncher _launcher = OperatingSystem.IsLinux() ? new LinuxLauncher() : new PortableLauncher();
    private readonly Lock _lock = new();
    private readonly Dictionary<string, IReadOnlyList<InterpreterSite>> _sites = new(StringComparer.OrdinalIgnoreCase);
    private List<Interpreter> _ending = [];
    private volatile FrozenDictionary<FastCgiEndpoint, Interpreter> _interpreters = FrozenDictionary<FastCgiEndpoint, Interpreter>.Empty;
    private bool _isRunning;
    private bool _isStopped;

    public InterpreterRegistry(
        [FromKeyedServices(ServiceDecoration.Inner)] IDestinationHealthUpdater health, TimeProvider timeProvider, InterpreterMetrics metrics, ILogger<InterpreterRegistry> logger)
    {
        _health = health;
        _timeProvider = timeProvider;
        _metrics = metrics;
        _logger = logger;
    }

    /// <summary>Those that there are now.</summary>
    public IReadOnlyList<Interpreter> Interpreters => _interpreters.Values;

    public IConnectGate? Find(FastCgiEndpoint endpoint)
        => _interpreters is { Count: > 0 } interpreters && interpreters.TryGetValue(endpoint, out var interpreter) ? interpreter.Gate : null;

    /// <summary>Whether the interpreter of the destination, if it has one, has failed too often.</summary>
    public bool HasFailed(DestinationState destination)
        => _interpreters is { Count: > 0 } interpreters
            && FastCgiEndpoint.TryParse(destination.Model.Config.Address, out var endpoint, out _)
            && interpreters.TryGetValue(endpoint, out var interpreter)
            && interpreter.IsFailed;

    public void OnClusterAdded(ClusterState cluster) => OnClusterChanged(cluster);

    public void OnClusterChanged(ClusterState cluster) => Update(cluster, [.. FindSites(cluster)]);

    public void OnClusterRemoved(ClusterState cluster) => Update(cluster, []);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _isRunning = true;
            StartEager();
        }

        return Task.CompletedTask;
    }

    /// <summary>Behind the web server, which is stopped first: its requests are over, or were given up.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var interpreters = Clear();
        await using var killing = cancellationToken.UnsafeRegister(
            static state => Array.ForEach((Interpreter[])state!, static interpreter => interpreter.Kill()), interpreters).ConfigureAwait(false);
        await Task.WhenAll(interpreters.Select(static interpreter => interpreter.StopAsync("the gateway stops"))).ConfigureAwait(false);
    }

    /// <summary>Whoever disposes without having stopped does not wait.</summary>
    public void Dispose() => Array.ForEach(Clear(), static interpreter => interpreter.Dispose());

    private static IEnumerable<InterpreterSite> FindSites(ClusterState cluster)
    {
        if (!TransportMark.IsFastCgi(cluster.Model.Config.Metadata))
        {
            yield break;
        }

        foreach (var destination in cluster.DestinationsState.AllDestinations)
        {
            var config = destination.Model.Config;
            var options = FastCgiMetadata.ReadDestination(config.Metadata, []);
            if (options.Interpreter is not null && FastCgiEndpoint.TryParse(config.Address, out var endpoint, out _))
            {
                yield return new InterpreterSite(cluster, destination, InterpreterSettings.Resolve(options, endpoint));
            }
        }
    }

    private void Update(ClusterState cluster, IReadOnlyList<InterpreterSite> sites)
    {
        lock (_lock)
        {
            if (_isStopped || (sites.Count == 0 && !_sites.ContainsKey(cluster.ClusterId)))
            {
                return;
            }

            _sites[cluster.ClusterId] = sites;
            var former = _interpreters;
            var wanted = new Dictionary<FastCgiEndpoint, Interpreter>();
            foreach (var site in _sites.Values.SelectMany(static list => list))
            {
                var endpoint = site.Settings.Endpoint;
                if (!wanted.ContainsKey(endpoint))
                {
                    wanted[endpoint] = former.TryGetValue(endpoint, out var current) && current.Settings.IsSame(site.Settings) ? current : Create(site, current);
                }
            }

            // Before the former ones let their requests go: these look for the new ones.
            _interpreters = wanted.ToFrozenDictionary();
            _metrics.Observe(wanted.Values);
            _ending.RemoveAll(static interpreter => interpreter.Ended.IsCompleted);
            foreach (var interpreter in former.Values)
            {
                if (wanted.GetValueOrDefault(interpreter.Settings.Endpoint) != interpreter)
                {
                    if (interpreter.IsFailed)
                    {
                        SetHealth(interpreter, DestinationHealth.Unknown);
                    }

                    _ending.Add(interpreter);
                    _ = interpreter.StopAsync("its configuration has changed or is gone");
                }
            }

            if (_isRunning)
            {
                StartEager();
            }
        }
    }

    private Interpreter Create(InterpreterSite site, Interpreter? current)
    {
        var predecessors = _ending.Append(current).OfType<Interpreter>().Where(other => other.Settings.Endpoint.Equals(site.Settings.Endpoint));
        var interpreter = new Interpreter(
            site.Settings, site.ToString(), Task.WhenAll(predecessors.Select(static other => other.Ended)), _launcher, _timeProvider, _metrics, _logger);
        interpreter.HealthChanged += () => OnHealthChanged(interpreter);
        return interpreter;
    }

    // Called with the lock held.
    private void StartEager()
    {
        foreach (var interpreter in _interpreters.Values)
        {
            if (interpreter.Settings.IsEager)
            {
                interpreter.EnsureStarted();
            }
        }
    }

    // YARP leaves the destination out when the cluster's passive health checks are enabled.
    private void OnHealthChanged(Interpreter interpreter)
    {
        lock (_lock)
        {
            SetHealth(interpreter, interpreter.IsFailed ? DestinationHealth.Unhealthy : DestinationHealth.Healthy);
        }
    }

    // Called with the lock held.
    private void SetHealth(Interpreter interpreter, DestinationHealth health)
    {
        foreach (var site in _sites.Values.SelectMany(static list => list))
        {
            if (site.Settings.Endpoint.Equals(interpreter.Settings.Endpoint))
            {
                _health.SetPassive(site.Cluster, site.Destination, health, RestartDelay.WhenFailed);
            }
        }
    }

    /// <returns>All that have not ended.</returns>
    private Interpreter[] Clear()
    {
        lock (_lock)
        {
            _isStopped = true;
            Interpreter[] interpreters = [.. _interpreters.Values, .. _ending];
            _interpreters = FrozenDictionary<FastCgiEndpoint, Interpreter>.Empty;
            _ending = [.. interpreters];
            _metrics.Observe([]);
            return interpreters;
        }
    }
}
