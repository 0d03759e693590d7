using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.ExceptionServices;

namespace Yarp.FastCgi.Testing;

/// <summary>
/// A FastCGI application on a real socket whose every connection is driven by a script: also for what real applications never do.
/// A script's failure (a violation of the protocol by the code under test, an assertion) fails each wait of the test, and at the
/// latest <see cref="DisposeAsync"/>. That the other side closed early is no failure, unless the test asks with <see cref="WaitForScriptAsync"/>.
/// </summary>
public sealed class ScriptedResponder : IAsyncDisposable
{
    private readonly Func<ScriptedConnection, Task>? _script;
    private readonly TempDirectory? _directory;
    private readonly int _backlog;
    private readonly StateSignal _signal = new();
    private readonly ConcurrentQueue<ReceivedRequest> _requests = new();
    private readonly ConcurrentQueue<Exception> _failures = new();
    private readonly Lock _lock = new();
    private readonly List<Task> _scripts = [];
    private readonly bool _isForgetful;
    private int _acceptedConnections;
    private CancellationTokenSource _stopping = new();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private int _closedConnections;

    private ScriptedResponder(Func<ScriptedConnection, Task>? script, ResponderSocket kind, int backlog, bool isForgetful = false)
    {
        _isForgetful = isForgetful;
        _script = script;
        _backlog = backlog;
        _directory = kind == ResponderSocket.Unix ? new TempDirectory() : null;
        EndPoint = kind switch
        {
            ResponderSocket.Unix => new UnixDomainSocketEndPoint(_directory!.Combine("app.sock")),
            ResponderSocket.AbstractUnix => new UnixDomainSocketEndPoint("\0fcgi-" + Guid.NewGuid().ToString("N")),
            ResponderSocket.TcpIPv6 => new IPEndPoint(IPAddress.IPv6Loopback, 0),
            _ => new IPEndPoint(IPAddress.Loopback, 0),
        };
        Listen();
    }

    /// <summary>Where the responder listens; the same after <see cref="Restart"/>.</summary>
    public EndPoint EndPoint { get; private set; }

    /// <summary>The same as a destination address.</summary>
    public string Address => EndPoint is UnixDomainSocketEndPoint ? "unix:" + EndPoint : "fastcgi://" + EndPoint;

    public int AcceptedConnections => Volatile.Read(ref _acceptedConnections);

    /// <summary>Connections whose script ended and which are closed on this side.</summary>
    public int ClosedConnections => Volatile.Read(ref _closedConnections);

    /// <summary>Every request whose params have come, in order of arrival.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    /// <summary>Runs <paramref name="script"/> for each accepted connection and closes it behind the script's end.</summary>
    public static ScriptedResponder Start(Func<ScriptedConnection, Task> script, ResponderSocket socket = ResponderSocket.Unix, int backlog = 512) =>
        new(script, socket, backlog);

    /// <summary>The same for any number of connections: it keeps neither requests nor scripts that have ended.</summary>
    public static ScriptedResponder StartForgetful(Func<ScriptedConnection, Task> script, ResponderSocket socket = ResponderSocket.Unix) =>
        new(script, socket, backlog: 512, isForgetful: true);

    /// <summary>Answers each request of each connection with <paramref name="reply"/>, as a careful application does.</summary>
    public static ScriptedResponder Start(Func<ReceivedRequest, Reply> reply, ResponderSocket socket = ResponderSocket.Unix) =>
        Start(request => Task.FromResult(reply(request)), socket);

    /// <inheritdoc cref="Start(Func{ReceivedRequest, Reply}, ResponderSocket)"/>
    public static ScriptedResponder Start(Func<ReceivedRequest, Task<Reply>> reply, ResponderSocket socket = ResponderSocket.Unix) =>
        Start(connection => ServeAsync(connection, reply), socket);

    /// <summary>An application that multiplexes, whose every request is served beside the others.</summary>
    public static ScriptedResponder StartMultiplexing(Func<MultiplexedExchange, Task> serve, ResponderSocket socket = ResponderSocket.Unix) =>
        Start(connection => MultiplexingApplication.ServeAsync(connection, serve), socket);

    /// <summary>Listens, but leaves every connection in the backlog.</summary>
    public static ScriptedResponder StartWithoutAccepting(ResponderSocket socket = ResponderSocket.Unix, int backlog = 512) =>
        new(script: null, socket, backlog);

    /// <summary>An address at which nobody listens.</summary>
    public static async Task<string> UnusedAddressAsync(ResponderSocket socket = ResponderSocket.Unix)
    {
        await using var responder = StartWithoutAccepting(socket);
        return responder.Address;
    }

    /// <summary>Waits until <paramref name="count"/> requests (their params) have come; returns the last of these.</summary>
    public async Task<ReceivedRequest> WaitForRequestAsync(int count = 1)
    {
        await WaitAsync(() => _requests.Count >= count, () => $"request {count} at the responder, {_requests.Count} came");
        return _requests.ElementAt(count - 1);
    }

    public Task WaitForConnectionAsync(int count = 1) =>
        WaitAsync(() => AcceptedConnections >= count, () => $"connection {count} at the responder, {AcceptedConnections} came");

    /// <summary>Waits until <paramref name="count"/> connections have been served to the end of their scripts and closed.</summary>
    public Task WaitForConnectionClosedAsync(int count = 1) =>
        WaitAsync(() => ClosedConnections >= count, () => $"the end of connection {count} at the responder, {ClosedConnections} of {AcceptedConnections} ended");

    /// <summary>Waits for the end of a connection's script and throws what it threw, <see cref="PeerClosedException"/> included.</summary>
    public async Task WaitForScriptAsync(int connectionNumber = 1)
    {
        await WaitForConnectionAsync(connectionNumber);
        Task script;
        lock (_lock)
        {
            script = _scripts[connectionNumber - 1];
        }

        await script.WithinAsync($"the script of connection {connectionNumber} to end");
    }

    /// <summary>The application goes away: the socket is closed, and so is every connection.</summary>
    public async Task StopAsync()
    {
        Interlocked.Exchange(ref _listener, null)?.Dispose();
        await _stopping.CancelAsync();
        await _accepting;
        Task[] scripts;
        lock (_lock)
        {
            scripts = [.. _scripts];
        }

        await Task.WhenAll(scripts.Select(script => script.ContinueWith(_ => { }, TaskScheduler.Default))).WithinAsync("the scripts of the responder to end");
        if (EndPoint is UnixDomainSocketEndPoint && _directory is not null)
        {
            File.Delete(EndPoint.ToString()!);
        }
    }

    /// <summary>The application comes back at the same address.</summary>
    public void Restart()
    {
        _stopping.Dispose();
        _stopping = new CancellationTokenSource();
        Listen();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stopping.Dispose();
        _directory?.Dispose();
        ThrowFailure();
    }

    private static async Task ServeAsync(ScriptedConnection connection, Func<ReceivedRequest, Task<Reply>> reply)
    {
        while (await connection.TryReadRequestAsync() is { } request)
        {
            await connection.SendReplyAsync(await reply(request));
            if (!request.KeepConnection)
            {
                // As php-fpm ends a connection: our direction first, then until the other side has closed.
                connection.ShutdownSend();
                await connection.WaitForPeerCloseAsync();
                return;
            }
        }
    }

    private void Listen()
    {
        var isUnix = EndPoint is UnixDomainSocketEndPoint;
        _listener = new Socket(EndPoint.AddressFamily, SocketType.Stream, isUnix ? ProtocolType.Unspecified : ProtocolType.Tcp);
        _listener.Bind(EndPoint);
        _listener.Listen(_backlog);
        EndPoint = isUnix ? EndPoint : _listener.LocalEndPoint!;
        _accepting = _script is null ? Task.CompletedTask : AcceptAsync(_listener, _script, _stopping.Token);
    }

    private async Task AcceptAsync(Socket listener, Func<ScriptedConnection, Task> script, CancellationToken stopped)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(stopped);
            }
            catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }

            lock (_lock)
            {
                if (_isForgetful)
                {
                    _scripts.RemoveAll(ended => ended.IsCompleted);
                }

                var connection = new ScriptedConnection(socket, ++_acceptedConnections, OnRequest, stopped);
                _scripts.Add(RunAsync(script, connection));
            }

            _signal.Pulse();
        }
    }

    private async Task RunAsync(Func<ScriptedConnection, Task> script, ScriptedConnection connection)
    {
        await Task.Yield();
        try
        {
            await script(connection);
        }
        catch (ResponderStoppedException)
        {
        }
        catch (Exception exception) when (exception is not PeerClosedException)
        {
            _failures.Enqueue(exception);
            throw;
        }
        finally
        {
            connection.Dispose();
            Interlocked.Increment(ref _closedConnections);
            _signal.Pulse();
        }
    }

    private void OnRequest(ReceivedRequest request)
    {
        if (!_isForgetful)
        {
            _requests.Enqueue(request);
        }

        _signal.Pulse();
    }

    private async Task WaitAsync(Func<bool> condition, Func<string> what)
    {
        await _signal.WaitAsync(() => condition() || !_failures.IsEmpty, what);
        ThrowFailure();
    }

    private void ThrowFailure()
    {
        if (_failures.TryPeek(out var failure))
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}
