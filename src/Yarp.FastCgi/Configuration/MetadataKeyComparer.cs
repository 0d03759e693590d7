namespace Yarp.FastCgi.Configuration;

/// <summary>
/// Compares the keys of metadata as YARP's configuration does, ignoring case, but the names of params, of PHP's settings and of an interpreter's variables exactly:
/// a param renamed in case only is a change.
/// </summary>
internal sealed class MetadataKeyComparer : IEqualityComparer<string>
{
    private static readonly string[] MapPrefixes = [.. FastCgiSettings.All.Concat(DestinationSettings.All).OfType<IMapSetting>().Select(static setting => setting.Key + ":")];

    public static readonly MetadataKeyComparer Instance = new();

    private MetadataKeyComparer()
    {
    }

    public bool Equals(string? x, string? y)
        => string.Equals(x, y, StringComparison.OrdinalIgnoreCase)
            && (x is null || x.AsSpan(LengthOfMapPrefix(x)).SequenceEqual(y.AsSpan(LengthOfMapPrefix(x))));

    public int GetHashCode(string key) => string.GetHashCode(key, StringComparison.OrdinalIgnoreCase);

    /// <summary>A copy to add to. Keys that differ by case only, which only code can make, are all kept.</summary>
    public static Dictionary<string, string> Copy(IReadOnlyDictionary<string, string>? metadata)
    {
        var copy = new Dictionary<string, string>(Instance);
        if (metadata is not null)
        {
            foreach (var (key, value) in metadata)
            {
                if (!copy.TryAdd(key, value))
                {
                    return new Dictionary<string, string>(metadata, StringComparer.Ordinal);
                }
            }
        }

        return copy;
    }

    /// <summary>The length of what stands before a name that is compared exactly; all of the key when there is none.</summary>
    private static int LengthOfMapPrefix(string key)
    {
        foreach (var prefix in MapPrefixes)
        {
            if (key.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                return prefix.Length;
            }
        }

        return key.Length;
    }
}
