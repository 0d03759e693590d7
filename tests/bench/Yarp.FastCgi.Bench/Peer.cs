namespace Yarp.FastCgi.Bench;

/// <summary>A server that takes part.</summary>
/// <param name="Name">For the tables.</param>
/// <param name="About">Its configuration, in a few words.</param>
/// <param name="Start">Starts it.</param>
internal sealed record Peer(string Name, string About, Func<Setup, ProcessGroup> Start)
{
    /// <summary>Whether it takes part with this set-up.</summary>
    public Func<Setup, bool> Supports { get; init; } = static _ => true;

    /// <summary>Whether it is compiled while it runs: it is slow at first, and the startup hook can be loaded into it.</summary>
    public bool IsJustInTime { get; init; }
}
