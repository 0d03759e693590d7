namespace Yarp.FastCgi.Bench;

/// <summary>One turn of a server.</summary>
/// <param name="Load">What the load generator tells.</param>
/// <param name="CpuMicroseconds">Processor time of all the server's processes for each request; not a number when there was none.</param>
/// <param name="Mebibytes">Most memory of the server's own, at any time.</param>
/// <param name="Allocated">Bytes allocated for each request; null when the server cannot be asked.</param>
internal sealed record Measurement(LoadResult Load, double CpuMicroseconds, double Mebibytes, double? Allocated);
