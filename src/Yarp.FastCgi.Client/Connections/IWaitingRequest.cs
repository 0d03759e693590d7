namespace Yarp.FastCgi.Client.Connections;

/// <summary>A request that wants to know how long it waited for a place among a pool's connections.</summary>
internal interface IWaitingRequest
{
    /// <summary>It has to wait. A wait that fails is not reported again.</summary>
    void OnQueued();

    /// <summary>The wait is over, and there is a place.</summary>
    void OnDequeued();
}
