namespace Yarp.FastCgi.Reliability.Fairness;

/// <summary>What the command line asks for.</summary>
internal sealed record FairnessOptions
{
    public required int Seconds { get; init; }

    /// <summary>pm.max_children, and MaxConnections of each gateway.</summary>
    public required int Children { get; init; }

    /// <summary>Clients of each party.</summary>
    public required int Clients { get; init; }

    /// <summary>How long a request takes in php-fpm.</summary>
    public required int WorkMilliseconds { get; init; }

    /// <summary>Further FastCgi options of the gateways' clusters.</summary>
    public required IReadOnlyDictionary<string, string> FastCgi { get; init; }
}
