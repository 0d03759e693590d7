namespace Yarp.FastCgi.Bench;

/// <summary>What one start of a server has shown.</summary>
/// <param name="StartMilliseconds">From the start of the program, or of podman, to the first page.</param>
/// <param name="IdleMebibytes">Memory a second later.</param>
/// <param name="LoadedMebibytes">Memory at the end of a load on 32 connections.</param>
internal sealed record Footprint(double StartMilliseconds, double IdleMebibytes, double LoadedMebibytes);
