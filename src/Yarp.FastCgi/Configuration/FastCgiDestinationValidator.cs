using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.LoadBalancing;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Configuration.ClusterValidators;

namespace Yarp.FastCgi.Configuration;

/// <summary>The addresses of a FastCGI cluster's destinations, and FastCGI things on destinations that can have none.</summary>
internal sealed class FastCgiDestinationValidator(ILogger<FastCgiDestinationValidator> logger) : IClusterValidator
{
    private static readonly string[] Schemes = ["unix:", "fastcgi:"];

    public ValueTask ValidateAsync(ClusterConfig cluster, IList<Exception> errors)
    {
        foreach (var (name, destination) in cluster.Destinations ?? new Dictionary<string, DestinationConfig>())
        {
            CheckAddress(cluster, name, nameof(DestinationConfig.Address), destination.Address, errors);
            CheckAddress(cluster, name, nameof(DestinationConfig.Health), destination.Health, errors);

            foreach (var (key, value) in destination.Metadata ?? new Dictionary<string, string>())
            {
                if ((FastCgiMetadata.IsOption(key) && !DestinationWeight.IsOption(key)) || key.Equals(TransportMark.Key, StringComparison.OrdinalIgnoreCase))
                {
                    errors.Add(cluster, $"destination '{name}': {StrayKey.OnDestination(key, value)}");
                }
            }
        }

        return ValueTask.CompletedTask;
    }

    private void CheckAddress(ClusterConfig cluster, string name, string key, string? address, IList<Exception> errors)
    {
        // YARP itself refuses an empty Address; Health may be empty.
        if (string.IsNullOrEmpty(address))
        {
            return;
        }

        if (TransportMark.IsFastCgi(cluster.Metadata))
        {
            if (!FastCgiEndpoint.TryParse(address, out var endpoint, out var error))
            {
                errors.Add(cluster, $"destination '{name}': '{key}' is {ControlCharacters.Quote(address)}. {error}");
            }
            else if (PublicAddress.IsAt(endpoint))
            {
                Log.PublicDestination(logger, $"cluster '{cluster.ClusterId}', destination '{name}'", endpoint.ToString());
            }
        }
        else if (TransportMark.IsHttpOrNone(cluster.Metadata) && Schemes.Any(scheme => address.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)))
        {
            errors.Add(cluster, $"destination '{name}': '{key}' is {ControlCharacters.Quote(address)}, a FastCGI address, but the cluster is not marked FastCGI: add \"{TransportMark.Key}\": \"{TransportMark.FastCgi}\" to the cluster or to a route of it. If it is there, AddFastCgi(section) was not given the section that LoadFromConfig was given.");
        }
    }
}
