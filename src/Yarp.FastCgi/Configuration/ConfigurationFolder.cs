using Microsoft.Extensions.Configuration;
using Yarp.FastCgi.Client;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// Folds <c>Transport</c> and <c>FastCgi</c>, which YARP does not read, from the configuration sections into metadata.
/// </summary>
internal sealed class ConfigurationFolder(IEnumerable<ProxySection> sections)
{
    /// <summary>
    /// The metadata of a destination that repeats the path of its unix socket. YARP compares addresses ignoring case and metadata
    /// exactly: without it, a path that changes by case alone would not be seen as a change.
    /// </summary>
    private const string SocketPathKey = "Yarp.FastCgi.SocketPath";

    /// <summary>The same for the socket of its health address.</summary>
    private const string HealthSocketPathKey = "Yarp.FastCgi.HealthSocketPath";

    private readonly IConfiguration[] _sections = [.. sections.Select(section => section.Configuration).OfType<IConfiguration>().Distinct()];

    public IReadOnlyDictionary<string, string>? FoldRoute(RouteConfig route, ICollection<string> errors)
        => Fold(route.Metadata, $"Routes:{route.RouteId}", errors);

    public IReadOnlyDictionary<string, string>? FoldCluster(ClusterConfig cluster, ICollection<string> errors)
        => Fold(cluster.Metadata, ClusterPath(cluster), errors);

    public IReadOnlyDictionary<string, DestinationConfig>? FoldDestinations(ClusterConfig cluster, ICollection<string> errors)
    {
        if (cluster.Destinations is null)
        {
            return null;
        }

        var destinations = new Dictionary<string, DestinationConfig>(StringComparer.OrdinalIgnoreCase);
        var changed = false;
        foreach (var (name, destination) in cluster.Destinations)
        {
            var metadata = Fold(destination.Metadata, DestinationPath(cluster, name), errors);
            metadata = WithSocketPath(metadata, SocketPathKey, destination.Address);
            metadata = WithSocketPath(metadata, HealthSocketPathKey, destination.Health);
            changed |= !ReferenceEquals(metadata, destination.Metadata);
            destinations[name] = destination with { Metadata = metadata };
        }

        return changed ? destinations : cluster.Destinations;
    }

    private static IReadOnlyDictionary<string, string>? WithSocketPath(IReadOnlyDictionary<string, string>? metadata, string key, string? address)
    {
        if (!FastCgiEndpoint.TryParse(address, out var endpoint, out _) || !endpoint.IsUnix)
        {
            return metadata;
        }

        var copy = MetadataKeyComparer.Copy(metadata);
        copy[key] = endpoint.UnixPath;
        return copy;
    }

    /// <summary>Resolvers call what they make of destination <c>a</c> <c>a[10.0.0.7]</c> or <c>a[2]</c>: its section is that of <c>a</c>.</summary>
    private string DestinationPath(ClusterConfig cluster, string name)
    {
        var destinations = $"{ClusterPath(cluster)}:{nameof(ClusterConfig.Destinations)}";
        var bracket = name.EndsWith(']') ? name.LastIndexOf('[') : -1;
        return bracket > 0 && !_sections.Any(section => section.GetSection($"{destinations}:{name}").Exists())
            ? $"{destinations}:{name[..bracket]}"
            : $"{destinations}:{name}";
    }

    private static string ClusterPath(ClusterConfig cluster) => $"Clusters:{cluster.ClusterId}";

    private IReadOnlyDictionary<string, string>? Fold(IReadOnlyDictionary<string, string>? metadata, string path, ICollection<string> errors)
    {
        Dictionary<string, string>? folded = null;
        foreach (var section in _sections)
        {
            foreach (var (key, value) in Read(section.GetSection(path)))
            {
                folded ??= MetadataKeyComparer.Copy(metadata);
                if (!folded.TryAdd(key, value) && !IsSame(key, value, folded[key]))
                {
                    errors.Add($"'{key}' is {ControlCharacters.Quote(value)} in the configuration section, but {ControlCharacters.Quote(folded[key])} in Metadata (or in another section): keep one.");
                }
            }
        }

        return folded ?? metadata;
    }

    private static IEnumerable<KeyValuePair<string, string>> Read(IConfigurationSection item)
    {
        if (item[TransportMark.Key] is { } mark)
        {
            yield return new(TransportMark.Key, mark);
        }

        if (item[FastCgiMetadata.SectionKey] is { } text)
        {
            yield return new(FastCgiMetadata.SectionKey, text);
        }

        foreach (var (path, value) in item.GetSection(FastCgiMetadata.SectionKey).AsEnumerable(makePathsRelative: true))
        {
            // Sections have no value of their own, and null in a file means not set.
            if (value is not null)
            {
                yield return new(FastCgiMetadata.Prefix + path, value);
            }
        }
    }

    private static bool IsSame(string key, string left, string right)
        => key == TransportMark.Key ? TransportMark.Is(left, right) : string.Equals(left, right, StringComparison.Ordinal);
}
