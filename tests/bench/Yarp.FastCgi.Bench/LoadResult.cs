namespace Yarp.FastCgi.Bench;

/// <summary>What a load generator tells.</summary>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="RequestsPerSecond">Of these in a second.</param>
/// <param name="Errors">Requests without an answer, with another status than 2xx, or, when what came is too short for the requests, all of them.</param>
/// <param name="P50">Half of the requests were answered within, in milliseconds.</param>
/// <param name="P99">99 % were.</param>
/// <param name="P999">99.9 % were.</param>
internal sealed record LoadResult(long Requests, double RequestsPerSecond, long Errors, double P50, double P99, double P999)
{
    /// <summary>What was wrong first, when the load generator tells it.</summary>
    public string? FirstError { get; init; }
}
