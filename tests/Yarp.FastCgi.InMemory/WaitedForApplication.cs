using System.Diagnostics;
using System.Net.Sockets;
using Yarp.FastCgi.Client;

namespace Yarp.FastCgi.InMemory;

/// <summary>An application on a real socket whose answer must be waited for. Its thread blocks and allocates nothing, so that all that is counted is the forwarder's.</summary>
internal sealed class WaitedForApplication : IDisposable
{
    // Longer than the forwarder takes from sending a request to waiting for its answer.
    private static readonly TimeSpan Work = TimeSpan.FromMicroseconds(100);

    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _answer;
    private readonly Thread _thread;
    private readonly bool _keepAlive;
    private volatile Socket? _connection;

    /// <param name="path">Of its socket.</param>
    /// <param name="answer">The records of an answer.</param>
    /// <param name="keepAlive">Whether a connection serves more than one request.</param>
    public WaitedForApplication(string path, byte[] answer, bool keepAlive = true)
    {
        _keepAlive = keepAlive;
        _answer = [.. answer];
        Endpoint = FastCgiEndpoint.Parse("unix:" + path);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
        _thread = new Thread(Serve) { IsBackground = true, Name = "application" };
        _thread.Start();
    }

    public FastCgiEndpoint Endpoint { get; }

    public void Dispose()
    {
        _listener.Dispose();
        _connection?.Dispose();
        _thread.Join();
    }

    // A request without a body arrives whole, because it is sent by one call.
    private void Serve()
    {
        var request = new byte[64 * 1024];
        try
        {
            while (true)
            {
                using var connection = _connection = _listener.Accept();
                while (connection.Receive(request) > 0)
                {
                    for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < Work;)
                    {
                        Thread.SpinWait(20);
                    }

                    CannedAnswer.SetRequestId(_answer, (ushort)((request[2] << 8) | request[3]));
                    connection.Send(_answer);
                    if (!_keepAlive)
                    {
                        connection.Shutdown(SocketShutdown.Send);
                    }
                }
            }
        }
        catch (SocketException)
        {
            // Disposed.
        }
    }
}
