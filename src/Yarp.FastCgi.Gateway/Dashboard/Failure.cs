namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>A request that failed.</summary>
internal sealed record Failure(
    DateTimeOffset Time, string Method, string Path, int StatusCode, string Error, string Message, string? TraceId, string? RouteId, string? ClusterId, string? DestinationId);
