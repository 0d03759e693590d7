using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Tests.Transport;

/// <summary>No endpoint has a gate in front of it.</summary>
internal sealed class NoGates : IConnectGates
{
    public IConnectGate? Find(FastCgiEndpoint endpoint) => null;
}
