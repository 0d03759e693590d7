using Waiter = Yarp.FastCgi.Client.Connections.WaitQueue<Yarp.FastCgi.Client.Connections.Multiplexing.SharedConnection?>.Waiter;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>What is to be done outside of a multiplexed pool's lock, because its state has changed.</summary>
/// <param name="Connects">Connections to be made. They count already.</param>
/// <param name="Closing">A connection to be closed. It was taken out already.</param>
/// <param name="Served">Waiters, each with the place it is to be given.</param>
internal readonly record struct PoolWork(int Connects, SharedConnection? Closing, List<(Waiter Waiter, SharedConnection Place)>? Served);
