using System.Net;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>What is kept of a request until it is written: values only, since the request itself is over by then.</summary>
internal sealed record AccessLogEntry
{
    public required DateTimeOffset Time { get; init; }

    public IPAddress? Client { get; init; }

    public string? User { get; init; }

    public required string Method { get; init; }

    public required string Scheme { get; init; }

    public required string Host { get; init; }

    /// <summary>The request target as it came.</summary>
    public required string Target { get; init; }

    public required string Protocol { get; init; }

    public required int StatusCode { get; init; }

    /// <summary>Content-Length of the request; null without one.</summary>
    public long? RequestBytes { get; init; }

    /// <summary>Bytes of the response body, as they left for the client.</summary>
    public required long ResponseBytes { get; init; }

    public required TimeSpan Total { get; init; }

    public string? Referer { get; init; }

    public string? UserAgent { get; init; }

    /// <summary>Values of the header fields that are wanted, in their order; null where the request has none.</summary>
    public IReadOnlyList<string?> RequestHeaders { get; init; } = [];

    public string? TraceId { get; init; }

    /// <summary>How the output cache answered; null on a route without one.</summary>
    public string? Cache { get; init; }

    public string? RouteId { get; init; }

    public string? ClusterId { get; init; }

    public string? DestinationId { get; init; }

    /// <summary>Address of the destination.</summary>
    public string? Upstream { get; init; }

    /// <summary>What forwarding by FastCGI measured; it has no attempts where the request was not forwarded by it.</summary>
    public required ForwardRecord Forwarding { get; init; }

    /// <summary>How it ended: a word of <see cref="Termination"/>.</summary>
    public required string Termination { get; init; }

    /// <summary>How far it had come then.</summary>
    public required ForwardPhase Phase { get; init; }
}
