using System.Net.Sockets;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>Pairs of connected unix sockets.</summary>
internal sealed class SocketPairs : IDisposable
{
    /// <summary>So many bytes are taken by a socket whose other side does not read.</summary>
    public const int MaxBuffered = 80_000;

    private readonly TempDirectory _directory = new();
    private readonly UnixDomainSocketEndPoint _endPoint;
    private readonly Socket _listener = CreateSocket();

    public SocketPairs()
    {
        _endPoint = new UnixDomainSocketEndPoint(_directory.Combine("fuzz.sock"));
        _listener.Bind(_endPoint);
        _listener.Listen();
    }

    public SocketPair Create()
    {
        var reading = CreateSocket();
        reading.Connect(_endPoint);
        var writing = _listener.Accept();
        writing.SendBufferSize = 4 * MaxBuffered;
        reading.ReceiveBufferSize = 4 * MaxBuffered;
        return new SocketPair(reading, writing);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _directory.Dispose();
    }

    private static Socket CreateSocket() => new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
}
