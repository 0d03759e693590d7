using Yarp.FastCgi.Client;

namespace Yarp.FastCgi.Configuration;

/// <summary>The errors for keys below <c>FastCgi</c> that are no option where they stand.</summary>
internal static class StrayKey
{
    private const int MinAbbreviation = 3;

    /// <summary>The section itself with a value instead of options. YARP's <c>Metadata</c> leaves a nested object as a key without a value.</summary>
    public static string Section(string key, string? value)
        => value is null
            ? $"'{key}' in Metadata is an object, which YARP's metadata cannot hold: write 'FastCgi' beside 'Metadata' instead."
            : $"'{key}' is {ControlCharacters.Quote(value)}, but takes options: write '{FastCgiMetadata.Prefix}Option'.";

    public static string OfCluster(MetadataEntry entry)
        => $"'{entry.Key}' ({ControlCharacters.Quote(entry.Value)}) describes connections and cannot stand on a route: set it on the cluster.";

    public static string Unknown(MetadataEntry entry, SettingScope scope)
    {
        var name = FastCgiMetadata.GetName(entry.Key).ToString();
        var hint = Role(name, entry.Value) ?? (Nearest(name, scope) is { } nearest ? $" Did you mean '{nearest.Key}'?" : "");
        return $"{ControlCharacters.Quote(entry.Key)} ({ControlCharacters.Quote(entry.Value)}) is not a known option.{hint}";
    }

    /// <summary>No option can stand on a destination but its weight.</summary>
    public static string OnDestination(string key, string value)
        => $"{ControlCharacters.Quote(key)} ({ControlCharacters.Quote(value)}) is not a known option: a destination has none but 'Weight'. Options stand on the cluster or on the route.";

    // What is searched for by the words of the FastCGI specification (section 6).
    private static string? Role(string name, string value)
    {
        const string Authorizer = $" A route's authorizer is named by YARP's 'AuthorizationPolicy': \"{AuthorizerPolicyName.Prefix}cluster\".";
        if (name.Equals(nameof(FastCgiRole.Authorizer), StringComparison.OrdinalIgnoreCase))
        {
            return Authorizer;
        }

        return !name.Equals("Role", StringComparison.OrdinalIgnoreCase) ? null
            : value.Equals(nameof(FastCgiRole.Authorizer), StringComparison.OrdinalIgnoreCase) ? Authorizer
            : value.Equals(nameof(FastCgiRole.Filter), StringComparison.OrdinalIgnoreCase)
                ? " The role Filter (FastCGI 1.0, section 6.4) is not supported: there is no file here to send as its DATA stream. Ask the application as a responder, which needs no option."
            : " The applications of a route are asked as responders." + Authorizer;
    }

    // A name of which letters are missing is that option; else the one with the fewest differences, if not half the letters differ.
    private static FastCgiSetting? Nearest(string name, SettingScope scope)
    {
        var settings = FastCgiSettings.All.Where(setting => scope == SettingScope.Cluster || setting.Scope == SettingScope.RouteAndCluster).ToArray();
        return settings.Where(setting => IsAbbreviation(name, setting.Name)).MinBy(setting => setting.Name.Length)
            ?? settings.Where(setting => EditDistance(name, setting.Name) <= name.Length / 2).MinBy(setting => EditDistance(name, setting.Name));
    }

    private static bool IsAbbreviation(string name, string full)
    {
        var matched = 0;
        foreach (var c in full)
        {
            if (matched < name.Length && AreEqual(name[matched], c))
            {
                matched++;
            }
        }

        return matched == name.Length && matched >= MinAbbreviation;
    }

    // Levenshtein's distance, ignoring case.
    private static int EditDistance(string left, string right)
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
                var substituted = diagonal + (AreEqual(left[i], right[j]) ? 0 : 1);
                diagonal = distances[j + 1];
                distances[j + 1] = Math.Min(substituted, Math.Min(diagonal, distances[j]) + 1);
            }
        }

        return distances[right.Length];
    }

    private static bool AreEqual(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
