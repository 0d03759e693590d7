namespace Yarp.FastCgi.Client.Tests.Connections.Pooling;

/// <summary>One move of somebody around a pool.</summary>
/// <param name="Move">What happens.</param>
/// <param name="Pick">To which of those that it can happen to: an index, modulo their number.</param>
/// <param name="Variant">How it happens; the meaning of the bits is the move's.</param>
/// <param name="InGap">
/// Whether it happens in the middle of the move before, where the pool has let go of its lock, as the move of another thread would.
/// </param>
internal readonly record struct PoolStep(PoolMove Move, int Pick, int Variant, bool InGap)
{
    /// <summary>Whether a connection that the move asks for is there at once, as on a unix socket.</summary>
    public bool ConnectsAtOnce => (Variant & 1) != 0;

    /// <summary>Whether the connection that the move asks for fails at once.</summary>
    public bool FailsAtOnce => (Variant & 6) == 6;

    public bool MayReuse => (Variant & 8) != 0 || (Variant & 16) != 0;

    public bool IsReusable => (Variant & 2) != 0 || (Variant & 4) != 0;

    public bool Succeeds => (Variant & 1) != 0;

    /// <summary>How long to wait.</summary>
    public TimeSpan Time => TimeSpan.FromMilliseconds((Variant & 7) switch
    {
        0 => 1,
        1 => 200,
        2 => 999,
        3 => 1000,
        4 => 2500,
        5 => 5000,
        6 => 10_000,
        _ => 60_000,
    });

    public override string ToString() => $"new({nameof(PoolMove)}.{Move}, {Pick}, {Variant}, {(InGap ? "true" : "false")}),";
}
