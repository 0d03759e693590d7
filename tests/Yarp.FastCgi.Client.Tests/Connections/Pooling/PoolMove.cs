namespace Yarp.FastCgi.Client.Tests.Connections.Pooling;

/// <summary>Everything that can happen to a pool.</summary>
internal enum PoolMove
{
    /// <summary>A request asks for a connection.</summary>
    Rent,

    /// <summary>A request gives its connection back.</summary>
    Return,

    /// <summary>A connection is established, or fails to be.</summary>
    Connected,

    /// <summary>A request that waits no longer runs on.</summary>
    RunOn,

    /// <summary>A request is canceled, wherever it is.</summary>
    Cancel,

    /// <summary>The application closes a connection, or writes to it unasked.</summary>
    Disturb,

    /// <summary>A request gives up on its connection (timeout, client gone), which it still has to return.</summary>
    Abort,

    /// <summary>Time passes; timers fire.</summary>
    Wait,

    /// <summary>The limit of connections becomes another one.</summary>
    Resize,

    /// <summary>The pool's cluster is gone from the configuration.</summary>
    Retire,
}
