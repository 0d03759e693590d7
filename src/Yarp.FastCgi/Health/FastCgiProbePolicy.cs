using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Health;

/// <summary>Judges the active probes of a FastCGI cluster: by status and body, and not at all where the destination was only busy.</summary>
internal sealed class FastCgiProbePolicy(IDestinationHealthUpdater updater, ILogger<FastCgiProbePolicy> logger) : IActiveHealthCheckPolicy
{
    private readonly ConditionalWeakTable<ClusterModel, ProbeSettings> _settings = [];
    private readonly ConditionalWeakTable<DestinationState, StrongBox<int>> _failures = [];

    public string Name => FastCgiHealthPolicies.FastCgiProbe;

    public void ProbingCompleted(ClusterState cluster, IReadOnlyList<DestinationProbingResult> probingResults)
    {
        var settings = _settings.GetValue(cluster.Model, static model => SettingsResolver.ResolveProbes(model.Config.Metadata));
        updater.SetActive(cluster, probingResults.Select(result => new NewActiveDestinationHealth(result.Destination, Judge(cluster, result, settings))).ToArray());
    }

    private DestinationHealth Judge(ClusterState cluster, DestinationProbingResult result, ProbeSettings settings)
    {
        var destination = result.Destination;
        var failures = _failures.GetOrCreateValue(destination);
        if (ProbeAnswer.IsBusy(result.Exception))
        {
            Log.ProbeUndecided(logger, destination.DestinationId, cluster.ClusterId, result.Exception!.Message);
            return destination.Health.Active;
        }

        if (FindFailure(result, settings) is not { } reason)
        {
            Volatile.Write(ref failures.Value, 0);
            return DestinationHealth.Healthy;
        }

        var count = Interlocked.Increment(ref failures.Value);
        if (count < settings.Failures)
        {
            return destination.Health.Active;
        }

        if (destination.Health.Active != DestinationHealth.Unhealthy)
        {
            Log.ProbesFailed(logger, destination.DestinationId, cluster.ClusterId, count, reason);
        }

        return DestinationHealth.Unhealthy;
    }

    /// <summary>What is wrong with a probe; null when nothing is.</summary>
    private static string? FindFailure(DestinationProbingResult result, ProbeSettings settings)
    {
        if (result.Response is not { } response)
        {
            return result.Exception is OperationCanceledException or null ? "there was no answer within HealthCheck:Active:Timeout." : result.Exception.Message;
        }

        if (!response.IsSuccessStatusCode)
        {
            return $"the status was {(int)response.StatusCode}.";
        }

        if (settings.Body is null)
        {
            return null;
        }

        // Read already: nothing blocks here.
        using var reader = new StreamReader(response.Content.ReadAsStream());
        return reader.ReadToEnd().AsSpan().Trim().SequenceEqual(settings.Body) ? null : $"the body was not '{settings.Body}' (ProbeBody).";
    }
}
