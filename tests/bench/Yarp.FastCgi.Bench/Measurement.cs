namespace Yarp.FastCgi.Bench;

/// <summary>One turn of a server.</summary>
/// <param name="Load">What the load generator tells.</param>
/// <param name="CpuMicroseconds">Processor time of all the server's processes for each request.</param>
/// <param name="Mebibytes">Memory of the server's own at the end.</param>
/// <param name="Allocated">Bytes allocated for each request; null when the server is no .NET program.</param>
internal sealed record Measurement(LoadResult Load, double CpuMicroseconds, double Mebibytes, double? Allocated);
