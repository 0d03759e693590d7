namespace Yarp.FastCgi.Client.Tests.Connections.Pooling;

/// <summary>What has become of a request at a pool.</summary>
internal enum RequestState
{
    Asking,

    /// <summary>In the queue, or out of it and not yet run on.</summary>
    Waiting,
    Connecting,
    Holding,
    Returned,
    QueueFull,
    QueueTimeout,
    Canceled,
    ConnectFailed,
}
