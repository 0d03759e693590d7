using System.Net.Sockets;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>
/// An application that reads and writes nothing and counts how many connections it has at a time. On a unix socket the other side's
/// close is visible at once, so a connection that was closed before the next was made is not counted with it.
/// </summary>
internal sealed class CountingListener : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly List<Socket> _live = [];
    private readonly Func<int, bool> _closesConnection;
    private readonly Task _accepting;

    /// <param name="closesConnection">Whether the application closes its so-manieth connection by itself.</param>
    public CountingListener(Func<int, bool> closesConnection)
    {
        _closesConnection = closesConnection;
        _listener.Bind(new UnixDomainSocketEndPoint(_directory.Combine("app.sock")));
        _listener.Listen(512);
        _accepting = AcceptAsync();
    }

    public string Address => "unix:" + _listener.LocalEndPoint;

    public int MostAtATime { get; private set; }

    /// <summary>Waits until the other side has closed every connection it made, those in the backlog included. No more come afterwards.</summary>
    public async Task WaitForEveryCloseAsync()
    {
        await StopAsync();
        while (_listener.Poll(0, SelectMode.SelectRead))
        {
            _live.Add(await _listener.AcceptAsync());
        }

        foreach (var socket in _live)
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1], SocketFlags.None).WithinAsync("the other side to close a connection"));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _live.ForEach(socket => socket.Dispose());
        _listener.Dispose();
        _stopping.Dispose();
        _directory.Dispose();
    }

    private async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        for (var number = 1; ; number++)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            // The accepted one may be closed already, when accepting lags behind.
            _live.Add(socket);
            foreach (var closed in _live.FindAll(other => other.Poll(0, SelectMode.SelectRead)))
            {
                _live.Remove(closed);
                closed.Dispose();
            }

            MostAtATime = Math.Max(MostAtATime, _live.Count);
            if (_closesConnection(number) && _live.Remove(socket))
            {
                socket.Dispose();
            }
        }
    }
}
