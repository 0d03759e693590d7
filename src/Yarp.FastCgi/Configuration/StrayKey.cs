namespace Yarp.FastCgi.Configuration;

/// <summary>The errors for keys below <c>FastCgi</c> that are no option where they stand.</summary>
internal static class StrayKey
{
    /// <summary>The section itself with a value instead of options. YARP's <c>Metadata</c> leaves a nested object as a key without a value.</summary>
    public static string Section(string key, string? value)
        => value is null
            ? $"'{key}' in Metadata is an object, which YARP's metadata cannot hold: write 'FastCgi' beside 'Metadata' instead."
            : $"'{key}' is {ControlCharacters.Quote(value)}, but takes options: write '{FastCgiMetadata.Prefix}Option'.";

    public static string OfCluster(MetadataEntry entry)
        => $"'{entry.Key}' ({ControlCharacters.Quote(entry.Value)}) describes connections and cannot stand on a route: set it on the cluster.";

    public static string Unknown(MetadataEntry entry, SettingScope scope)
    {
        var name = entry.Key.AsSpan(FastCgiMetadata.Prefix.Length);
        var colon = name.IndexOf(':');
        name = colon < 0 ? name : name[..colon];
        var hint = Nearest(name, scope) is { } nearest ? $" Did you mean '{nearest.Key}'?" : "";
        return $"{ControlCharacters.Quote(entry.Key)} ({ControlCharacters.Quote(entry.Value)}) is not a known option.{hint}";
    }

    /// <summary>No option can stand on a destination.</summary>
    public static string OnDestination(string key, string value)
        => $"{ControlCharacters.Quote(key)} ({ControlCharacters.Quote(value)}) is not a known option: a destination has none. Options stand on the cluster or on the route.";

    private static FastCgiSetting? Nearest(ReadOnlySpan<char> name, SettingScope scope)
    {
        FastCgiSetting? nearest = null;
        // Names that differ in more than half of their letters do not remind of each other.
        var best = (name.Length / 2) + 1;
        foreach (var setting in FastCgiSettings.All)
        {
            if (scope == SettingScope.Cluster || setting.Scope == SettingScope.RouteAndCluster)
            {
                var distance = EditDistance(name, setting.Name);
                if (distance < best)
                {
                    best = distance;
                    nearest = setting;
                }
            }
        }

        return nearest;
    }

    // Levenshtein's distance, ignoring case.
    private static int EditDistance(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        var distances = new int[right.Length + 1];
        for (var j = 0; j <= right.Length; j++)
        {
            distances[j] = j;
        }

        for (var i = 0; i < left.Length; i++)
        {
            var diagonal = distances[0];
            distances[0] = i + 1;
            for (var j = 0; j < right.Length; j++)
            {
                var substituted = diagonal + (char.ToUpperInvariant(left[i]) == char.ToUpperInvariant(right[j]) ? 0 : 1);
                diagonal = distances[j + 1];
                distances[j + 1] = Math.Min(substituted, Math.Min(diagonal, distances[j]) + 1);
            }
        }

        return distances[right.Length];
    }
}
