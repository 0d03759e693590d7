using Yarp.FastCgi.LoadBalancing;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// The options of a route, a cluster or a destination in its metadata: <c>FastCgi:Option</c>, groups <c>FastCgi:Group:Option</c>, lists
/// <c>FastCgi:Option:0</c>, params <c>FastCgi:Params:NAME</c>. Keys are compared ignoring case, except the names of params.
/// </summary>
internal static class FastCgiMetadata
{
    /// <summary>The key of the options' section in the configuration.</summary>
    public const string SectionKey = "FastCgi";

    /// <summary>What every key of an option begins with.</summary>
    public const string Prefix = SectionKey + ":";

    /// <summary>Reads the options of a cluster. What is wrong is added to the errors, and the option left out.</summary>
    public static FastCgiClusterOptions ReadCluster(IReadOnlyDictionary<string, string>? metadata, ICollection<string> errors)
        => (FastCgiClusterOptions)Read(new FastCgiClusterOptions(), SettingScope.Cluster, metadata, errors);

    /// <summary>Reads the options of a route. What is wrong is added to the errors, and the option left out.</summary>
    public static FastCgiRouteOptions ReadRoute(IReadOnlyDictionary<string, string>? metadata, ICollection<string> errors)
        => (FastCgiRouteOptions)Read(new FastCgiRouteOptions(), SettingScope.RouteAndCluster, metadata, errors);

    /// <summary>Reads the options of a destination. What is wrong is added to the errors, and the option left out.</summary>
    public static FastCgiDestinationOptions ReadDestination(IReadOnlyDictionary<string, string>? metadata, ICollection<string> errors)
        => (FastCgiDestinationOptions)Read(new FastCgiDestinationOptions(), SettingScope.Destination, metadata, errors);

    /// <summary>Writes every option that is set.</summary>
    public static void Write(IFastCgiOptions options, IDictionary<string, string> metadata)
    {
        foreach (var setting in options is FastCgiDestinationOptions ? DestinationSettings.All : FastCgiSettings.All)
        {
            setting.Write(options, metadata);
        }
    }

    /// <summary>Whether the key belongs to the options, known or not.</summary>
    public static bool IsOption(string key)
        => key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || key.Equals(SectionKey, StringComparison.OrdinalIgnoreCase);

    /// <summary>The part of a key that names the option: one segment, or two for an option of a group (<c>Retries:MaxAttempts</c>).</summary>
    public static ReadOnlySpan<char> GetName(string key)
    {
        var path = key.AsSpan(Prefix.Length);
        var end = path.IndexOf(':');
        if (end >= 0 && FastCgiSettings.IsGroup(path[..end]))
        {
            var next = path[(end + 1)..].IndexOf(':');
            end = next < 0 ? -1 : end + 1 + next;
        }

        return end < 0 ? path : path[..end];
    }

    private static IFastCgiOptions Read(
        IFastCgiOptions options,
        SettingScope scope,
        IReadOnlyDictionary<string, string>? metadata,
        ICollection<string> errors)
    {
        if (metadata is null)
        {
            return options;
        }

        var entries = new Dictionary<string, List<MetadataEntry>>(StringComparer.OrdinalIgnoreCase);
        foreach (var (key, value) in metadata)
        {
            if (key.Equals(SectionKey, StringComparison.OrdinalIgnoreCase))
            {
                errors.Add(StrayKey.Section(key, value));
            }
            else if (key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && value is not null)
            {
                var name = GetName(key);
                var subKey = key.Length == Prefix.Length + name.Length ? null : key[(Prefix.Length + name.Length + 1)..];
                var lookup = entries.GetAlternateLookup<ReadOnlySpan<char>>();
                if (!lookup.TryGetValue(name, out var list))
                {
                    lookup[name] = list = [];
                }

                list.Add(new MetadataEntry(key, subKey, value));
            }
        }

        if (scope == SettingScope.Destination)
        {
            // Load balancing has it, for HTTP clusters too.
            entries.Remove(DestinationWeight.Key);
        }

        foreach (var setting in scope == SettingScope.Destination ? DestinationSettings.All : FastCgiSettings.All)
        {
            if (!entries.Remove(setting.Name, out var own))
            {
                continue;
            }

            if (setting.Scope == SettingScope.Cluster && scope == SettingScope.RouteAndCluster)
            {
                foreach (var entry in own)
                {
                    errors.Add(StrayKey.OfCluster(entry));
                }
            }
            else
            {
                options = setting.Read(options, own, errors);
            }
        }

        foreach (var unknown in entries.Values)
        {
            foreach (var entry in unknown)
            {
                errors.Add(StrayKey.Unknown(entry, scope));
            }
        }

        return options;
    }
}
