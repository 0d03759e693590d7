using System.Net.Sockets;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>A socket that its gate counts until it is closed.</summary>
internal sealed class GatedSocket : Socket
{
    private readonly IConnectGate _gate;
    private int _isReleased;

    public GatedSocket(AddressFamily family, ProtocolType protocol, IConnectGate gate)
        : base(family, SocketType.Stream, protocol)
    {
        _gate = gate;
        gate.Add();
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && Interlocked.Exchange(ref _isReleased, 1) == 0)
        {
            _gate.Release();
        }
    }
}
