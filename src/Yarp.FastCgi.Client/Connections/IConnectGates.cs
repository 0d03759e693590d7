namespace Yarp.FastCgi.Client.Connections;

/// <summary>Knows the endpoints that have a gate in front of them.</summary>
internal interface IConnectGates
{
    /// <returns>Null when connections may be made at any time.</returns>
    IConnectGate? Find(FastCgiEndpoint endpoint);
}
