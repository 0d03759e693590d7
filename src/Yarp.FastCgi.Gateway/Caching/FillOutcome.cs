namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>What the fetching of a response comes to, for the requests that wait for it.</summary>
/// <param name="Kind">What they do.</param>
/// <param name="Key">Key of the response that was stored.</param>
/// <param name="Vary">Request fields that it depends on.</param>
/// <param name="Entry">The response.</param>
internal readonly record struct FillOutcome(FillKind Kind, string? Key = null, IReadOnlyList<string>? Vary = null, CacheEntry? Entry = null)
{
    public static readonly FillOutcome Failed = new(FillKind.Failed);
    public static readonly FillOutcome Uncacheable = new(FillKind.Uncacheable);
    public static readonly FillOutcome Error = new(FillKind.Error);
}
