using System.Collections.Frozen;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// Warns of routes that bring different settings of PHP to one address: what one of them sets stays on the worker, and holds for the
/// others (G17). Once for each load of the configuration, and not again while it stays the same.
/// </summary>
internal sealed class PhpSettingsReport(ILogger<PhpSettingsReport> logger) : IAppliedConfigurationListener
{
    private const int MaxListed = 10;

    private static readonly IReadOnlyDictionary<string, DestinationConfig> NoDestinations = FrozenDictionary<string, DestinationConfig>.Empty;

    private readonly Lock _lock = new();
    private readonly List<Use> _direct = [];
    private IReadOnlyList<Use> _routes = [];
    private HashSet<string> _reported = [];

    public void OnApplied(IReadOnlyList<AppliedRoute> routes)
    {
        var uses = new List<Use>();
        foreach (var route in routes)
        {
            var settings = new PhpSettings(route.ReadOptions());
            foreach (var (name, destination) in route.Cluster.Destinations ?? NoDestinations)
            {
                if (FastCgiEndpoint.TryParse(destination.Address, out var endpoint, out _))
                {
                    uses.Add(new Use($"'{route.Route.RouteId}'", endpoint, $"destination '{name}' of cluster '{route.Cluster.ClusterId}'", settings));
                }
            }
        }

        lock (_lock)
        {
            _routes = uses;
            Report();
        }
    }

    /// <summary>An endpoint that forwards without a route of YARP.</summary>
    /// <param name="pattern">Its pattern.</param>
    /// <param name="endpoint">Where it forwards to.</param>
    /// <param name="options">Its options.</param>
    public void AddDirect(string pattern, FastCgiEndpoint endpoint, FastCgiRouteOptions options)
    {
        lock (_lock)
        {
            _direct.Add(new Use($"MapFastCgi '{pattern}'", endpoint, Place: null, new PhpSettings(options)));
            Report();
        }
    }

    private void Report()
    {
        var messages = new HashSet<string>(StringComparer.Ordinal);
        var pools = _routes.Concat(_direct)
            .GroupBy(static use => use.Endpoint)
            .Where(static pool => pool.Select(static use => use.Settings).Distinct().Skip(1).Any())
            .GroupBy(static pool => List(Routes(pool)), StringComparer.Ordinal);
        foreach (var sameRoutes in pools)
        {
            var message = $"Routes {sameRoutes.Key} send different PHP settings to {List(sameRoutes.Select(Describe))}: {List(Differences([.. sameRoutes.First()]))}.";
            if (messages.Add(message) && !_reported.Contains(message))
            {
                Log.PhpSettingsDiffer(logger, message);
            }
        }

        _reported = messages;
    }

    private static IEnumerable<string> Routes(IEnumerable<Use> pool)
        => pool.Select(static use => use.Route).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private static string Describe(IGrouping<FastCgiEndpoint, Use> pool)
    {
        var places = pool.Select(static use => use.Place).OfType<string>().Distinct(StringComparer.Ordinal).ToArray();
        return places.Length == 0 ? pool.Key.ToString() : $"{pool.Key} ({List(places)})";
    }

    private static IEnumerable<string> Differences(Use[] pool)
    {
        foreach (var name in pool.SelectMany(static use => use.Settings.Names).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            var setting = pool.Where(use => use.Settings.Contains(name)).ToArray();
            if (setting.Length < pool.Length)
            {
                yield return $"{name} (only {List(Routes(setting))})";
            }
            else if (!setting.All(use => use.Settings.Agrees(setting[0].Settings, name)))
            {
                yield return $"{name} (different values)";
            }
        }
    }

    private static string List(IEnumerable<string> items)
    {
        var all = items.ToArray();
        var listed = string.Join(", ", all.Take(MaxListed));
        return all.Length <= MaxListed ? listed : string.Create(CultureInfo.InvariantCulture, $"{listed} and {all.Length - MaxListed} more");
    }

    private sealed record Use(string Route, FastCgiEndpoint Endpoint, string? Place, PhpSettings Settings);
}
