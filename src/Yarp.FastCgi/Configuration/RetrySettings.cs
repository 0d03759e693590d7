using System.Collections.Frozen;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// When requests of one cluster are sent again, with every default applied. The documented meaning stands at <see cref="FastCgiRetryOptions"/>.
/// </summary>
internal sealed record RetrySettings
{
    public required int MaxAttempts { get; init; }

    public required RetryCause Causes { get; init; }

    public required IReadOnlyList<StatusRange> Statuses { get; init; }

    public required FrozenSet<string> Methods { get; init; }

    /// <summary>In percent of the requests.</summary>
    public required int Budget { get; init; }
}
