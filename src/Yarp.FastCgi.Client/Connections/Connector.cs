using System.Net;
using System.Net.Sockets;

namespace Yarp.FastCgi.Client.Connections;

/// <summary>Establishes connections to one endpoint within ConnectTimeout.</summary>
internal sealed class Connector
{
    // A unix socket whose backlog is full refuses at once (EAGAIN) where TCP would wait: try again, ever more rarely.
    private static readonly TimeSpan FirstBackOff = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMilliseconds(100);

    // Behind a gate, an application that is just starting or restarting refuses.
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(10);

    private readonly FastCgiEndpoint _endpoint;
    private readonly UnixDomainSocketEndPoint? _unixEndPoint;
    private readonly IPAddress? _literalAddress;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _timeProvider;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolveHost;
    private readonly IConnectGates? _gates;

    /// <param name="endpoint">Where the application listens.</param>
    /// <param name="timeout">ConnectTimeout.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="gates">Knows whether the endpoint has a gate in front of it; null when none has.</param>
    public Connector(FastCgiEndpoint endpoint, TimeSpan timeout, TimeProvider timeProvider, IConnectGates? gates = null)
        : this(endpoint, timeout, timeProvider, Dns.GetHostAddressesAsync) => _gates = gates;

    internal Connector(FastCgiEndpoint endpoint, TimeSpan timeout, TimeProvider timeProvider, Func<string, CancellationToken, Task<IPAddress[]>> resolveHost)
    {
        _endpoint = endpoint;
        _timeout = timeout;
        _timeProvider = timeProvider;
        _resolveHost = resolveHost;
        if (endpoint.IsUnix)
        {
            _unixEndPoint = endpoint.CreateUnixEndPoint();
        }
        else
        {
            _ = IPAddress.TryParse(endpoint.Host, out _literalAddress);
        }
    }

    /// <exception cref="FastCgiException">ConnectFailed or ConnectTimeout.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public ValueTask<Socket> ConnectAsync(CancellationToken cancellationToken)
        => _gates?.Find(_endpoint) is { } gate ? ConnectThroughAsync(gate, cancellationToken) : ConnectNowAsync(gate: null, cancellationToken);

    /// <inheritdoc cref="ConnectAsync"/>
    public async ValueTask<PooledConnection> ConnectPooledAsync(CancellationToken cancellationToken)
        => new SocketConnection(await ConnectAsync(cancellationToken).ConfigureAwait(false), _endpoint, _timeProvider);

    private async ValueTask<Socket> ConnectThroughAsync(IConnectGate gate, CancellationToken cancellationToken)
    {
        var started = _timeProvider.GetTimestamp();
        while (await gate.EnterAsync(started, cancellationToken).ConfigureAwait(false))
        {
            try
            {
                return await ConnectNowAsync(gate, cancellationToken).ConfigureAwait(false);
            }
            catch (FastCgiException exception) when (exception.Error == FastCgiError.ConnectFailed && gate.MayRetry(started))
            {
            }
            finally
            {
                gate.Release();
            }

            await Task.Delay(RetryInterval, _timeProvider, cancellationToken).ConfigureAwait(false);
        }

        return await ConnectAsync(cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<Socket> ConnectNowAsync(IConnectGate? gate, CancellationToken cancellationToken)
    {
        var started = _timeProvider.GetTimestamp();
        return _unixEndPoint is not null ? ConnectUnixAsync(_unixEndPoint, gate, started, cancellationToken)
            : _literalAddress is not null ? ConnectToAnyAsync([_literalAddress], gate, started, cancellationToken)
            : ConnectByNameAsync(gate, started, cancellationToken);
    }

    private async ValueTask<Socket> ConnectUnixAsync(UnixDomainSocketEndPoint endPoint, IConnectGate? gate, long started, CancellationToken cancellationToken)
    {
        var backOff = FirstBackOff;
        while (true)
        {
            try
            {
                return await ConnectOnceAsync(AddressFamily.Unix, ProtocolType.Unspecified, endPoint, gate, Remaining(started), cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException exception)
            {
                throw TimedOut("it did not answer", exception);
            }
            catch (SocketException exception) when (exception.SocketErrorCode == SocketError.WouldBlock)
            {
                var remaining = Remaining(started);
                if (remaining <= TimeSpan.Zero)
                {
                    throw TimedOut("its backlog of waiting connections stayed full", exception);
                }

                await Task.Delay(backOff < remaining ? backOff : remaining, _timeProvider, cancellationToken).ConfigureAwait(false);
                backOff = backOff * 2 > LongestBackOff ? LongestBackOff : backOff * 2;
            }
            catch (SocketException exception)
            {
                throw Failed(exception);
            }
        }
    }

    private async ValueTask<Socket> ConnectByNameAsync(IConnectGate? gate, long started, CancellationToken cancellationToken)
    {
        IPAddress[] addresses;
        try
        {
            var resolve = _resolveHost(_endpoint.Host!, cancellationToken);
            await WaitAsync(resolve, _timeout, cancellationToken).ConfigureAwait(false);
            addresses = await resolve.ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            throw TimedOut("its host name was not resolved", exception);
        }
        catch (SocketException exception)
        {
            throw Failed(exception);
        }

        return await ConnectToAnyAsync(addresses, gate, started, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Socket> ConnectToAnyAsync(IPAddress[] addresses, IConnectGate? gate, long started, CancellationToken cancellationToken)
    {
        FastCgiException? last = null;
        for (var i = 0; i < addresses.Length; i++)
        {
            // An address that does not answer may use its share of the time only, so that the others are tried too.
            var share = Remaining(started) / (addresses.Length - i);
            try
            {
                return await ConnectOnceAsync(
                    addresses[i].AddressFamily, ProtocolType.Tcp, new IPEndPoint(addresses[i], _endpoint.Port), gate, share, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException exception)
            {
                last = Failed(exception);
            }
            catch (TimeoutException exception)
            {
                last = TimedOut("it did not answer", exception);
            }
        }

        throw last ?? Failed(new SocketException((int)SocketError.HostNotFound));
    }

    private async ValueTask<Socket> ConnectOnceAsync(
        AddressFamily family, ProtocolType protocol, EndPoint endPoint, IConnectGate? gate, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var socket = gate is null ? new Socket(family, SocketType.Stream, protocol) : new GatedSocket(family, protocol, gate);
        try
        {
            if (protocol == ProtocolType.Tcp)
            {
                socket.NoDelay = true;
            }

            // Without a token: on a unix socket and on loopback it completes at once, and a token would cost a registration.
            var connect = socket.ConnectAsync(endPoint, CancellationToken.None);
            if (connect.IsCompleted)
            {
                await connect.ConfigureAwait(false);
            }
            else
            {
                await WaitAsync(connect.AsTask(), timeout, cancellationToken).ConfigureAwait(false);
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async ValueTask WaitAsync(Task task, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, _timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Given up, the task may still fail, and must not come back as an unobserved exception.
            _ = task.ContinueWith(static failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            throw;
        }
    }

    private TimeSpan Remaining(long started) => _timeout - _timeProvider.GetElapsedTime(started);

    private FastCgiException TimedOut(string why, Exception inner)
        => new(FastCgiError.ConnectTimeout, $"No connection to {_endpoint} within ConnectTimeout ({_timeout}): {why}.", inner);

    private FastCgiException Failed(SocketException exception)
    {
        var why = exception.SocketErrorCode switch
        {
            // .NET reports ENOENT of a unix socket as AddressNotAvailable.
            SocketError.AddressNotAvailable when _endpoint.IsUnix => "no such socket (is the application running, and does it listen on this path?)",
            SocketError.AccessDenied when _endpoint.IsUnix => DescribeRefusal(_endpoint.UnixPath!),
            SocketError.ConnectionRefused when _endpoint.IsUnix && SocketAccess.IsOtherFile(_endpoint.UnixPath!) => "what is there is no socket",
            SocketError.ConnectionRefused => "connection refused; nothing listens there",
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the host name has no address",
            SocketError.TooManyOpenSockets => "this process has no file descriptor left (ulimit -n)",
            _ => exception.Message,
        };
        return new FastCgiException(FastCgiError.ConnectFailed, $"No connection to {_endpoint}: {why}.", exception);
    }

    private static string DescribeRefusal(string path)
        => $"permission denied: {(SocketAccess.Describe(path) is { } owner ? $"{owner}, " : "")}this process runs as '{Environment.UserName}'. Give it access to the socket (php-fpm: listen.mode, listen.group, listen.acl_users)";
}
