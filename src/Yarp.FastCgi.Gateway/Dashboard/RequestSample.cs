namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>What a <see cref="RequestMeter"/> counted in a second.</summary>
internal sealed record RequestSample
{
    public required long Requests { get; init; }

    public required long Failed { get; init; }

    /// <summary>Bytes.</summary>
    public required long Sent { get; init; }

    /// <summary>Bytes.</summary>
    public required long Received { get; init; }

    /// <summary>Seconds; null when no request ended lately.</summary>
    public required double? Median { get; init; }

    /// <inheritdoc cref="Median"/>
    public required double? Percentile95 { get; init; }

    /// <inheritdoc cref="Median"/>
    public required double? Percentile99 { get; init; }

    /// <summary>Failures since somebody looks, by error.type.</summary>
    public required IReadOnlyList<KeyValuePair<string, long>> Errors { get; init; }

    public required IReadOnlyDictionary<DestinationKey, DestinationCount> Destinations { get; init; }
}
