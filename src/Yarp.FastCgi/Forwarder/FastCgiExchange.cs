using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// One request to an application and its response: rents the connection, sends params and body, reads the response head, and gives
/// the connection back in the state that it deserves. Sending the body and reading the response go on at the same time (E14, E15).
/// </summary>
internal sealed class FastCgiExchange : IStderrSink, IAsyncDisposable
{
    // Of a body that the client does not get, so much is read for the sake of the connection.
    private const int MaxDroppedBody = 256 * 1024;

    private readonly ConnectionPool _pool;
    private readonly ConnectionSettings _settings;
    private readonly TimeSpan _activityTimeout;
    private readonly ILogger _logger;
    private readonly RequestSite _site;
    private readonly Lock _phase = new();

    private FastCgiConnection? _connection;
    private ResponseReader? _response;
    private CancellationTokenRegistration _cancellation;
    private RequestBody? _body;
    private Task _requestSent = Task.CompletedTask;
    private StderrLog? _stderr;
    private bool _headIsRead;

    public FastCgiExchange(ConnectionPool pool, ConnectionSettings settings, TimeSpan activityTimeout, ILogger logger, RequestSite site)
    {
        _pool = pool;
        _settings = settings;
        _activityTimeout = activityTimeout;
        _logger = logger;
        _site = site;
    }

    /// <summary>The response; its head has been read when <see cref="SendAsync"/> returns.</summary>
    public ResponseReader Response => _response!;

    /// <summary>What reading the client's body failed with, if that ended the exchange.</summary>
    public Exception? ClientBodyFailure { get; private set; }

    /// <summary>Sends the request and reads the response head.</summary>
    /// <param name="request">BEGIN_REQUEST and PARAMS; STDIN too when <paramref name="body"/> is null.</param>
    /// <param name="body">The body when it is not part of <paramref name="request"/>.</param>
    /// <param name="mayReplay">Whether the request may be sent again if a kept connection turns out closed (rule E41).</param>
    /// <param name="cancellationToken">Gives the request up and closes its connection.</param>
    /// <exception cref="FastCgiException">The request failed.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled before the request was sent.</exception>
    public async ValueTask SendAsync(RequestWriter request, RequestBody? body, bool mayReplay, CancellationToken cancellationToken)
    {
        _body = body;
        var mayReuse = mayReplay;
        while (true)
        {
            var connection = await _pool.RentAsync(mayReuse, cancellationToken).ConfigureAwait(false);
            _connection = connection;
            request.ChangeRequestId(connection.RequestId);
            _response = new ResponseReader(connection, connection.RequestId, _settings.MaxResponseHeadSize, this);
            _cancellation = cancellationToken.UnsafeRegister(static state => ((FastCgiConnection)state!).Abort(FastCgiError.Canceled), connection);
            try
            {
                await SendAndReadHeadAsync(connection, request.Written).ConfigureAwait(false);
                return;
            }
            catch (FastCgiException exception) when (
                mayReuse && connection.CompletedRequests > 0 && exception.Error == FastCgiError.ConnectionLost && !_response.HasReceived)
            {
                Log.StaleConnection(_logger, connection.Endpoint.ToString(), exception);
            }

            mayReuse = false;
            await ReleaseAsync(reusable: false).ConfigureAwait(false);
        }
    }

    /// <summary>Reads on after a response head that was not the final one (1xx).</summary>
    /// <exception cref="FastCgiException">The request failed.</exception>
    public ValueTask ReadNextHeadAsync() => _response!.ReadHeadAsync();

    /// <summary>The final head was read: from here on the activity timeout alone counts.</summary>
    public void BeginBody()
    {
        lock (_phase)
        {
            _headIsRead = true;
            Progress();
        }
    }

    /// <summary>Receives more of the response, for at most the activity timeout.</summary>
    /// <returns>0 when the application has closed the connection.</returns>
    /// <exception cref="FastCgiException">The request failed.</exception>
    public ValueTask<int> ReceiveAsync()
    {
        Progress();
        return _response!.ReceiveAsync();
    }

    /// <summary>
    /// Reads the rest of a response that the client does not get, within limits: the connection stays in step, and an application that
    /// is still at work behind its answer is not cut off. The client has its answer, or gets one from elsewhere: nothing here fails.
    /// </summary>
    /// <param name="atFirstPause">What is to be done as soon as the application pauses.</param>
    public async ValueTask DropBodyAsync(Func<Task>? atFirstPause = null)
    {
        var dropped = 0L;
        try
        {
            while (true)
            {
                switch (Response.TryReadBody(out var content))
                {
                    case BodyReadStatus.Content when (dropped += content.Length) > MaxDroppedBody:
                        Abort();
                        return;

                    case BodyReadStatus.Content:
                        continue;

                    case BodyReadStatus.End:
                        ReportAppStatus();
                        return;
                }

                if (atFirstPause is not null)
                {
                    await atFirstPause().ConfigureAwait(false);
                    atFirstPause = null;
                }

                if (await ReceiveAsync().ConfigureAwait(false) == 0)
                {
                    return;
                }
            }
        }
        catch (FastCgiException)
        {
            // What was lost is nobody's.
        }
    }

    public void ReportAppStatus()
    {
        if (Response.HasEnded && Response.End.AppStatus != 0)
        {
            Log.AppStatus(_logger, _site.ToString(), Response.End.AppStatus);
        }
    }

    /// <summary>Something has moved: the activity timeout begins anew.</summary>
    public void Progress() => _connection?.Deadline.Arm(_activityTimeout, FastCgiError.ActivityTimeout);

    /// <summary>Signaled when the request is given up, by whomever.</summary>
    public CancellationToken Aborted => _connection!.Aborted;

    /// <exception cref="FastCgiException">The request was given up; the error says why.</exception>
    public void ThrowIfAborted() => _connection!.ThrowIfAborted();

    /// <summary>Gives the request up.</summary>
    public void Abort() => _connection?.Abort(FastCgiError.Canceled);

    void IStderrSink.Write(ReadOnlySpan<byte> text) => (_stderr ??= new StderrLog(_logger, _site.ToString())).Write(text);

    /// <summary>Ends the exchange, once or more often. The connection is kept only under rule E40.</summary>
    public async ValueTask DisposeAsync()
    {
        await ReleaseAsync(reusable: _connection is not null && _response is { IsInStep: true } && _requestSent.IsCompletedSuccessfully).ConfigureAwait(false);
        _stderr?.Complete();
        _stderr = null;
    }

    private async ValueTask SendAndReadHeadAsync(FastCgiConnection connection, ReadOnlyMemory<byte> head)
    {
        ArmForHead(connection);
        _requestSent = Task.CompletedTask;
        try
        {
            await connection.SendAsync(head).ConfigureAwait(false);
            if (_body is not null)
            {
                Progress();
                _requestSent = SendBodyAsync(connection, _body);
            }
        }
        catch (FastCgiException exception) when (exception.Error == FastCgiError.ConnectionLost)
        {
            // The application reads no further, but may have answered (E14). Without an answer, reading fails as well.
            _requestSent = Task.FromException(exception);
        }

        await _response!.ReadHeadAsync().ConfigureAwait(false);
    }

    private async Task SendBodyAsync(FastCgiConnection connection, RequestBody body)
    {
        try
        {
            await body.SendAsync(connection, connection.RequestId, Progress).ConfigureAwait(false);
        }
        catch (FastCgiException)
        {
            // The application stopped reading. Its answer may be there already (E14); without one, reading fails as well.
            throw;
        }
        catch (Exception exception)
        {
            // The client broke off, so the application must not take what it has for the whole body (E67).
            ClientBodyFailure = exception;
            connection.Abort(FastCgiError.Canceled);
            throw;
        }

        lock (_phase)
        {
            if (!_headIsRead)
            {
                ArmForHead(connection);
            }
        }
    }

    // While the head is awaited nothing moves, so both timeouts count; the error names the one that strikes.
    private void ArmForHead(FastCgiConnection connection)
    {
        if (_activityTimeout < _settings.ResponseHeadTimeout && _activityTimeout != Timeout.InfiniteTimeSpan)
        {
            Progress();
        }
        else
        {
            connection.Deadline.Arm(_settings.ResponseHeadTimeout, FastCgiError.ResponseHeadTimeout);
        }
    }

    private async ValueTask ReleaseAsync(bool reusable)
    {
        if (_connection is not { } connection)
        {
            return;
        }

        _connection = null;
        _cancellation.Dispose();
        if (!_requestSent.IsCompleted)
        {
            // The application has answered without the rest of the body (E15).
            connection.Abort(FastCgiError.Canceled);
            _body!.Cancel();
        }

        await _requestSent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_response!.HasDroppedFormerOutput)
        {
            Log.FormerOutputDropped(_logger, connection.Endpoint.ToString());
        }

        _response.Dispose();
        _pool.Return(connection, reusable);
    }
}
