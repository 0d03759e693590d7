using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using Yarp.FastCgi.Client;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Yarp.FastCgi.Transport;

/// <summary>
/// Lets the registered resolver, such as YARP's for DNS, find out where FastCGI destinations are: unix sockets are where they are, and addresses that
/// it makes of <c>fastcgi://</c> get their canonical form.
/// </summary>
internal sealed class FastCgiDestinationResolver([FromKeyedServices(ServiceDecoration.Inner)] IDestinationResolver inner) : IDestinationResolver
{
    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        if (!destinations.Values.Any(destination => IsFastCgi(destination.Address)))
        {
            return await inner.ResolveDestinationsAsync(destinations, cancellationToken).ConfigureAwait(false);
        }

        // One by one, so that what comes of each destination is known, and stands in its place: Failover goes by the order.
        var resolving = destinations.Select(destination => ResolveAsync(destination.Key, destination.Value, cancellationToken)).ToArray();
        var resolved = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase);
        var changes = new List<IChangeToken>();
        foreach (var collection in await Task.WhenAll(resolving).ConfigureAwait(false))
        {
            foreach (var (name, destination) in collection.Destinations)
            {
                resolved[name] = destination;
            }

            if (collection.ChangeToken is { } change)
            {
                changes.Add(change);
            }
        }

        return new ResolvedDestinationCollection(resolved, changes.Count == 0 ? null : new CompositeChangeToken(changes));
    }

    private async Task<ResolvedDestinationCollection> ResolveAsync(string name, DestinationConfig destination, CancellationToken cancellationToken)
    {
        if (!FastCgiEndpoint.TryParse(destination.Address, out var endpoint, out _))
        {
            return await inner.ResolveDestinationsAsync(Single(name, destination), cancellationToken).ConfigureAwait(false);
        }

        if (endpoint.IsUnix)
        {
            return new ResolvedDestinationCollection(Single(name, destination), changeToken: null);
        }

        // The socket of a health address is no host either.
        var health = FastCgiEndpoint.TryParse(destination.Health, out var healthEndpoint, out _) && healthEndpoint.IsUnix ? destination.Health : null;
        var collection = await inner.ResolveDestinationsAsync(Single(name, health is null ? destination : destination with { Health = null }), cancellationToken).ConfigureAwait(false);
        return new ResolvedDestinationCollection(
            collection.Destinations.ToDictionary(
                resolved => resolved.Key,
                resolved => resolved.Value with
                {
                    Address = Canonical(resolved.Value.Address),
                    Health = health ?? Canonical(resolved.Value.Health),

                    // Resolvers put the name here, for the Host of requests. The application gets the client's.
                    Host = destination.Host,
                }),
            collection.ChangeToken);
    }

    private static bool IsFastCgi(string address) => FastCgiEndpoint.TryParse(address, out _, out _);

    private static Dictionary<string, DestinationConfig> Single(string name, DestinationConfig destination) => new() { [name] = destination };

    // An address that is wrong has its error elsewhere.
    [return: NotNullIfNotNull(nameof(address))]
    private static string? Canonical(string? address) => FastCgiEndpoint.TryParse(address, out var endpoint, out _) ? endpoint.ToString() : address;
}
