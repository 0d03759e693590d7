using System.Globalization;
using DnsClient;
using DnsClient.Protocol;
using Microsoft.Extensions.Primitives;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.LoadBalancing;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Yarp.FastCgi.Gateway.Discovery;

/// <summary>
/// Puts the hosts and ports of SRV records (RFC 2782) in the place of a destination whose name begins with an underscore, as the names of such records do:
/// <c>fastcgi://_fastcgi._tcp.php.example.com</c>. Ordered by priority and then by weight, which is the destination's <c>Weight</c> unless it has one.
/// All other destinations are the inner resolver's.
/// </summary>
internal sealed class SrvDestinationResolver(
    [FromKeyedServices(SrvDestinationResolver.Inner)] IDestinationResolver inner, IDnsQuery dns, GatewaySettings settings, TimeProvider timeProvider) : IDestinationResolver
{
    /// <summary>The key of the resolver that this one decorates.</summary>
    public const string Inner = "Yarp.FastCgi.Gateway.Inner";

    // Weights of destinations; those of SRV records go further.
    private const int MaxWeight = 1000;

    /// <exception cref="InvalidOperationException">A name cannot be resolved, or has no SRV record.</exception>
    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        var resolved = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase);
        var changes = new List<IChangeToken>();
        foreach (var (name, destination) in destinations)
        {
            var collection = IsSrv(destination.Address, out var address)
                ? await ResolveAsync(name, destination, address, cancellationToken)
                : await inner.ResolveDestinationsAsync(new Dictionary<string, DestinationConfig> { [name] = destination }, cancellationToken);
            foreach (var (key, value) in collection.Destinations)
            {
                resolved[key] = value;
            }

            if (collection.ChangeToken is { } change)
            {
                changes.Add(change);
            }
        }

        return new ResolvedDestinationCollection(resolved, changes.Count == 0 ? null : new CompositeChangeToken(changes));
    }

    private static bool IsSrv(string? address, out Uri uri)
        => Uri.TryCreate(address, UriKind.Absolute, out uri!) && uri.Host.StartsWith('_');

    private async Task<ResolvedDestinationCollection> ResolveAsync(string name, DestinationConfig destination, Uri address, CancellationToken cancellationToken)
    {
        var resolved = new Dictionary<string, DestinationConfig>();
        foreach (var record in await QueryAsync(name, address.Host, cancellationToken))
        {
            var host = record.Target.Value.TrimEnd('.');
            var place = string.Create(CultureInfo.InvariantCulture, $"{host}:{record.Port}");
            resolved[$"{name}[{place}]"] = destination with
            {
                Address = $"{address.Scheme}://{place}",
                Health = IsSrv(destination.Health, out var health) && health.Host == address.Host ? string.Create(CultureInfo.InvariantCulture, $"{health.Scheme}://{host}:{(health.IsDefaultPort ? record.Port : health.Port)}") : destination.Health,
                Metadata = WithWeight(destination.Metadata, record.Weight),
            };
        }

        // The source has no timer of its own left once it has fired, and nothing else to dispose of.
        var change = new CancellationTokenSource(settings.DnsRefresh!.Value, timeProvider);
        return new ResolvedDestinationCollection(resolved, new CancellationChangeToken(change.Token));
    }

    private async Task<IReadOnlyList<SrvRecord>> QueryAsync(string destination, string name, CancellationToken cancellationToken)
    {
        IDnsQueryResponse response;
        try
        {
            response = await dns.QueryAsync(name, QueryType.SRV, cancellationToken: cancellationToken);
        }
        catch (DnsResponseException exception)
        {
            throw new InvalidOperationException($"Destination '{destination}': '{name}' was not resolved: {exception.Message}", exception);
        }

        if (response.HasError)
        {
            throw new InvalidOperationException($"Destination '{destination}': '{name}' was not resolved: {response.ErrorMessage}.");
        }

        // A target that is the root alone says that the service is not there (RFC 2782).
        SrvRecord[] records = [.. response.Answers.SrvRecords().Where(record => record.Target.Value != ".").OrderBy(record => record.Priority).ThenByDescending(record => record.Weight).ThenBy(record => record.Target.Value, StringComparer.Ordinal)];
        return records.Length > 0 ? records : throw new InvalidOperationException($"Destination '{destination}': '{name}' has no SRV record.");
    }

    private static Dictionary<string, string> WithWeight(IReadOnlyDictionary<string, string>? metadata, int weight)
    {
        var all = new Dictionary<string, string>(metadata ?? new Dictionary<string, string>(), StringComparer.OrdinalIgnoreCase);
        if (!all.ContainsKey(DestinationWeight.Key) && !all.ContainsKey(DestinationWeight.OptionKey))
        {
            all[DestinationWeight.Key] = Math.Clamp(weight, 1, MaxWeight).ToString(CultureInfo.InvariantCulture);
        }

        return all;
    }
}
