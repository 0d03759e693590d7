namespace Yarp.FastCgi.Bench;

/// <summary>What a load generator tells.</summary>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="RequestsPerSecond">Of these in a second.</param>
/// <param name="Errors">Requests without an answer, or with another status than 2xx.</param>
/// <param name="P50">Half of the requests were answered within, in milliseconds.</param>
/// <param name="P99">99 % were.</param>
/// <param name="P999">99.9 % were.</param>
internal sealed record LoadResult(long Requests, double RequestsPerSecond, long Errors, double P50, double P99, double P999);
