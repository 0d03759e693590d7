namespace Yarp.FastCgi.Reliability.Balance;

/// <summary>What the command line asks for.</summary>
internal sealed record BalanceOptions
{
    /// <summary>pm.max_children of each php-fpm.</summary>
    public required IReadOnlyList<int> Sizes { get; init; }

    /// <summary>How long each policy is asked in a round.</summary>
    public required int Seconds { get; init; }

    /// <summary>How often the policies take turns.</summary>
    public required int Rounds { get; init; }

    /// <summary>Clients of the gateways.</summary>
    public required int Clients { get; init; }

    /// <summary>Clients that ask the largest php-fpm directly.</summary>
    public required int Others { get; init; }

    /// <summary>How long most requests take in php-fpm.</summary>
    public required int WorkMilliseconds { get; init; }

    /// <summary>How long every tenth request takes.</summary>
    public required int LongWorkMilliseconds { get; init; }
}
