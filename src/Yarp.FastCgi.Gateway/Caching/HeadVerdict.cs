namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>What becomes of a response.</summary>
/// <param name="IsKept">Whether its body is copied.</param>
/// <param name="IsDropped">Whether the client gets something else.</param>
internal readonly record struct HeadVerdict(bool IsKept, bool IsDropped);
