namespace Yarp.FastCgi.Configuration;

/// <summary>
/// Compares the keys of metadata as YARP's configuration does, ignoring case, but the names of params exactly:
/// a param renamed in case only is a change.
/// </summary>
internal sealed class MetadataKeyComparer : IEqualityComparer<string>
{
    private static readonly string ParamsPrefix = FastCgiSettings.Params.Key + ":";

    public static readonly MetadataKeyComparer Instance = new();

    private MetadataKeyComparer()
    {
    }

    public bool Equals(string? x, string? y)
        => string.Equals(x, y, StringComparison.OrdinalIgnoreCase)
            && (x is null || !x.StartsWith(ParamsPrefix, StringComparison.OrdinalIgnoreCase)
                || x.AsSpan(ParamsPrefix.Length).SequenceEqual(y.AsSpan(ParamsPrefix.Length)));

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
}
