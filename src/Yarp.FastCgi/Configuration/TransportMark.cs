namespace Yarp.FastCgi.Configuration;

/// <summary>
/// The <c>Transport</c> mark in the metadata of a route or a cluster. Once the configuration is loaded, a FastCGI
/// cluster and its routes all carry it, whatever the place where it was written.
/// </summary>
internal static class TransportMark
{
    public const string Key = "Transport";

    public const string FastCgi = "fastcgi";

    public const string Http = "http";

    /// <summary>Whether the metadata marks a FastCGI route or cluster.</summary>
    public static bool IsFastCgi(IReadOnlyDictionary<string, string>? metadata) => Is(Find(metadata), FastCgi);

    /// <summary>Whether the metadata marks a route or cluster as not FastCGI.</summary>
    public static bool IsHttp(IReadOnlyDictionary<string, string>? metadata) => Is(Find(metadata), Http);

    /// <summary>The mark as it is written; null when there is none.</summary>
    public static string? Find(IReadOnlyDictionary<string, string>? metadata)
        => metadata is not null && metadata.TryGetValue(Key, out var mark) ? mark : null;

    /// <summary>Whether two texts are the same mark.</summary>
    public static bool Is(string? mark, string other) => string.Equals(mark, other, StringComparison.OrdinalIgnoreCase);
}
