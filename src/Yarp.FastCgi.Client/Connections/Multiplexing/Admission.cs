using Waiter = Yarp.FastCgi.Client.Connections.WaitQueue<Yarp.FastCgi.Client.Connections.Multiplexing.SharedConnection?>.Waiter;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>What a multiplexed pool has for a request: a place, the queue, or, with neither, a connection that the request has for itself.</summary>
/// <param name="Place">A place on a connection, taken.</param>
/// <param name="Waiter">A place in the queue.</param>
/// <param name="IsRefused">The queue is full.</param>
/// <param name="Asks">The application is to be asked whether it multiplexes.</param>
/// <param name="Connects">Connections to be made. They count already.</param>
internal readonly record struct Admission(
    SharedConnection? Place = null, Waiter? Waiter = null, bool IsRefused = false, bool Asks = false, int Connects = 0);
