using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Client.Threading;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Retries;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// One request to an application and its response: rents the connection, sends params and body, reads the response head, and gives
/// the connection back in the state that it deserves. Sending the body and reading the response go on at the same time (E14, E15).
/// </summary>
/// <remarks>Made by <see cref="FastCgiExchanges"/>, and used again for other requests.</remarks>
internal sealed class FastCgiExchange : IStderrSink, IUnreadRequest, IWaitingRequest, IAsyncDisposable
{
    // Far above what a free worker takes to wake up, and below what a user takes for slow.
    private static readonly TimeSpan ReadingPatience = TimeSpan.FromMilliseconds(100);

    private readonly TimeProvider _timeProvider;
    private readonly FastCgiMetrics _metrics;
    private readonly StderrLogs _stderrLogs;
    private readonly ILogger _logger;
    private readonly Lock _phase = new();

    private ExchangeRequest _about;
    private ForwardingTarget _target;
    private RequestSite _site;
    private FastCgiConnection? _connection;
    private ResponseReader? _response;
    private AttemptTelemetry _attempt;
    private CancellationToken _cancellationToken;
    private CancellationTokenRegistration _cancellation;
    private CancellationToken _routeTimeout;
    private CancellationTokenSource? _queueing;
    private CancellationTokenRegistration _leavingTheQueue;
    private ITimer? _withoutClient;
    private RequestWriter? _request;
    private RequestBody? _body;
    private bool _mayReplay;
    private bool _mayReuse;
    private bool _wasRefusedForSharing;
    private int _attempts;
    private List<DestinationState>? _failed;
    private Task _requestSent = Task.CompletedTask;
    private StderrLog? _stderr;
    private bool _headIsRead;

    public FastCgiExchange(TimeProvider timeProvider, FastCgiMetrics metrics, StderrLogs stderrLogs, ILogger logger)
    {
        _timeProvider = timeProvider;
        _metrics = metrics;
        _stderrLogs = stderrLogs;
        _logger = logger;
    }

    /// <summary>Where the request went last.</summary>
    public ForwardingTarget Target => _target;

    /// <inheritdoc cref="Target"/>
    public RequestSite Site => _site;

    /// <summary>The response; its head has been read when <see cref="SendAsync"/> returns.</summary>
    public ResponseReader Response => _response!;

    /// <summary>What reading the client's body failed with, if that ended the exchange.</summary>
    public Exception? ClientBodyFailure { get; private set; }

    // A body that is null went out with the head.
    private bool CanReplay => _body is null or { CanReplay: true };

    /// <summary>Makes the exchange one of this request.</summary>
    public void Begin(in ExchangeRequest request)
    {
        _about = request;
        _target = request.Target;
        _site = request.Site;
    }

    /// <summary>Forgets the request, whose exchange has ended.</summary>
    public void Reset()
    {
        Debug.Assert(_connection is null, "The exchange was not disposed.");
        _about = default;
        _target = default;
        _site = default;
        _cancellationToken = default;
        _cancellation = default;
        _routeTimeout = default;
        _leavingTheQueue = default;
        _withoutClient = null;
        _request = null;
        _body = null;
        _mayReplay = false;
        _mayReuse = false;
        _wasRefusedForSharing = false;
        _attempts = 0;
        _failed = null;
        _requestSent = Task.CompletedTask;
        _headIsRead = false;
        ClientBodyFailure = null;
    }

    /// <summary>Sends the request and reads the response head; does so again, as the cluster's Retries allow, until there is one.</summary>
    /// <param name="request">BEGIN_REQUEST and PARAMS; STDIN too when <paramref name="body"/> is null.</param>
    /// <param name="body">The body when it is not part of <paramref name="request"/>.</param>
    /// <param name="cancellationToken">Gives the request up and closes its connection.</param>
    /// <exception cref="FastCgiException">The request failed.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled before the request was sent.</exception>
    public ValueTask SendAsync(RequestWriter request, RequestBody? body, CancellationToken cancellationToken)
    {
        _request = request;
        _body = body;
        _cancellationToken = cancellationToken;
        if (_about.ClientAbortTimeout is not null && _site.Context is { } context)
        {
            _routeTimeout = RequestTraits.GetRouteTimeout(context);
        }

        _mayReplay = CanReplay && _target.Retries.MayReplay(_about.Method);
        _mayReuse = _mayReplay && _target.Retries.ReplacesStaleConnections;
        _target.Retries.OnRequest();
        return SendUntilAnsweredAsync();
    }

    /// <summary>
    /// Sends the request to another destination when the cluster's Retries want a response of this status replaced, and reads the head
    /// of that response.
    /// </summary>
    /// <returns>False when the response is the one to pass on.</returns>
    /// <exception cref="FastCgiException">The request failed.</exception>
    public ValueTask<bool> TryReplaceAsync(int statusCode)
        => _mayReplay && _target.Retries.WantsOtherThan(statusCode) ? ReplaceAsync(statusCode) : new ValueTask<bool>(false);

    /// <summary>For telemetry: the status of the response.</summary>
    public void OnStatus(int statusCode) => _attempt.OnStatus(statusCode);

    /// <summary>For telemetry: what the request failed with.</summary>
    public void OnFailure(string errorType, string message) => _attempt.OnFailure(errorType, message);

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

    /// <summary>Goes on with STDIN of an upgrade while the response is read.</summary>
    /// <param name="body">What is sent; it is canceled when the exchange ends first.</param>
    public void SendStdin(RequestBody body)
    {
        Debug.Assert(_about.IsForUpgrade, "STDIN was closed behind the request.");
        if (_requestSent.IsCompletedSuccessfully)
        {
            _body = body;
            _requestSent = SendBodyAsync(_connection!, body);
        }
    }

    /// <summary>The token of <see cref="SendAsync"/> gives the request up no longer: the caller says when, by <see cref="Abort"/>.</summary>
    public void LeaveCancellationToCaller() => _cancellation.Dispose();

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
    public ValueTask DropBodyAsync(Func<Task>? atFirstPause = null) => DroppedBody.ReadAsync(this, DroppedBody.MaxLength, atFirstPause);

    /// <summary>Reads the rest of a response whose client is gone, for as long as ClientAbortTimeout lets it.</summary>
    public ValueTask FinishWithoutClientAsync() => DroppedBody.ReadAsync(this, long.MaxValue, atFirstPause: null);

    /// <summary>Whether the request goes on without its client.</summary>
    public bool TryGoOnWithoutClient()
    {
        lock (_phase)
        {
            if (_withoutClient is not null)
            {
                return true;
            }

            // A route's timeout looks like a client that goes away. A body that the client has not finished ends the request by itself.
            if (_about.ClientAbortTimeout is not { } timeout || _connection is not { } connection || _routeTimeout.IsCancellationRequested)
            {
                return false;
            }

            _withoutClient = _timeProvider.CreateTimer(
                static state => ((FastCgiConnection)state!).Abort(FastCgiError.Canceled), connection, timeout, Timeout.InfiniteTimeSpan);
            return true;
        }
    }

    /// <summary>Ends the request for a client that is gone, unless it goes on without it.</summary>
    public void GiveUp()
    {
        AttemptActivity.OnClientGone(_attempt.Activity);
        if (!TryGoOnWithoutClient())
        {
            Abort();
        }
    }

    /// <summary>Tells the log and the span with what the application has ended the request, if it was not zero.</summary>
    public void ReportAppStatus()
    {
        if (Response.HasEnded && Response.End.AppStatus != 0)
        {
            AttemptActivity.SetAppStatus(_attempt.Activity, Response.End.AppStatus);
            Log.AppStatus(_site.Scoped(_logger), _site.ToString(), Response.End.AppStatus);
        }
    }

    /// <summary>Something has moved: the activity timeout begins anew.</summary>
    public void Progress() => _connection?.Deadline.Arm(_about.ActivityTimeout, FastCgiError.ActivityTimeout);

    /// <summary>Signaled when the request is given up, by whomever.</summary>
    public CancellationToken Aborted => _connection!.Aborted;

    /// <exception cref="FastCgiException">The request was given up; the error says why.</exception>
    public void ThrowIfAborted() => _connection!.ThrowIfAborted();

    /// <summary>Gives the request up.</summary>
    public void Abort() => _connection?.Abort(FastCgiError.Canceled);

    // A worker that waits for a request reads it at once. One that does not is at work behind its last response
    // (fastcgi_finish_request, G10), and the request waits for that although other workers may be free.
    bool IUnreadRequest.GivesUp(FastCgiConnection connection)
    {
        if (connection.HasUnreadBytes && _response is { HasReceived: false } && _attempts < _target.Retries.MaxAttempts && _target.Pool.HasRoom && _target.Retries.TrySpendOnUnread())
        {
            return true;
        }

        ArmForHead(connection);
        return false;
    }

    void IStderrSink.Write(ReadOnlySpan<byte> text)
    {
        _metrics.OnStderr(_target.Pool, text.Length);
        (_stderr ??= _stderrLogs.Begin(_target.Pool, _site, _attempt.Activity, _about.ScriptFile)).Write(text);
    }

    void IWaitingRequest.OnQueued()
    {
        _attempt.OnQueued();
        if (_queueing is not null)
        {
            _leavingTheQueue = _cancellationToken.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _queueing);
        }
    }

    void IWaitingRequest.OnDequeued()
    {
        _leavingTheQueue.Dispose();
        _attempt.OnDequeued();
    }

    /// <summary>Whether the application has answered without the whole body of the request.</summary>
    public bool IsRequestIncomplete => !_requestSent.IsCompletedSuccessfully;

    /// <summary>Gives the connection back; it is kept only under rule E40. The client's body is not read any more.</summary>
    public ValueTask ReleaseConnectionAsync()
        => ReleaseConnectionAsync(reusable: !_about.IsForUpgrade && _connection is not null && _response is { IsInStep: true } && _requestSent.IsCompletedSuccessfully);

    /// <summary>Ends the exchange, once or more often.</summary>
    public ValueTask DisposeAsync()
    {
        var release = ReleaseConnectionAsync();
        if (!release.IsCompletedSuccessfully)
        {
            return EndBehindAsync(release);
        }

        EndAttempt();
        return ValueTask.CompletedTask;
    }

    private async ValueTask<bool> ReplaceAsync(int statusCode)
    {
        OnStatus(statusCode);
        if (!await TryMoveOnAsync(RetryCause.Status, failure: null).ConfigureAwait(false))
        {
            return false;
        }

        await SendUntilAnsweredAsync().ConfigureAwait(false);
        return true;
    }

    [AsyncMethodBuilder(typeof(PooledMethodBuilder))]
    private async ValueTask SendUntilAnsweredAsync()
    {
        while (true)
        {
            FastCgiException failure;
            RetryCause cause;
            try
            {
                await AttemptAsync().ConfigureAwait(false);
                return;
            }
            catch (FastCgiException exception) when (exception.Error == FastCgiError.CannotMultiplex && _connection is { IsShared: true } && CanReplay && !_wasRefusedForSharing)
            {
                // Nothing was executed, and the pool has connections of their own for requests now (E28).
                _wasRefusedForSharing = true;
                await ReleaseFailedAsync(exception).ConfigureAwait(false);
                continue;
            }
            catch (FastCgiException exception) when ((cause = FindCause(exception.Error)) != RetryCause.None)
            {
                failure = exception;
            }

            if (!await TryMoveOnAsync(cause, failure).ConfigureAwait(false))
            {
                ExceptionDispatchInfo.Throw(failure);
            }
        }
    }

    // A method of its own, whose span is not the current one any more when it returns: that of another attempt stands beside it.
    [AsyncMethodBuilder(typeof(PooledMethodBuilder))]
    private async ValueTask AttemptAsync()
    {
        BeginAttempt();
        OnConnected(_about.ClientAbortTimeout is null
            ? await _target.Pool.RentAsync(_mayReuse, _cancellationToken, this).ConfigureAwait(false)
            : await RentWithoutClientAsync().ConfigureAwait(false));
        await SendRequestAsync(_connection!).ConfigureAwait(false);
        await _response!.ReadHeadAsync().ConfigureAwait(false);
        _attempt.OnHeadReceived();
    }

    // A client that leaves gives up its place in the queue, but not a request that can go out at once.
    private async ValueTask<FastCgiConnection> RentWithoutClientAsync()
    {
        using var queueing = CancellationTokenSource.CreateLinkedTokenSource(_routeTimeout);
        _queueing = queueing;
        try
        {
            return await _target.Pool.RentAsync(_mayReuse, queueing.Token, this).ConfigureAwait(false);
        }
        finally
        {
            _leavingTheQueue.Dispose();
            _queueing = null;
        }
    }

    private void BeginAttempt()
    {
        var isTraced = !_about.IsOfMessage || Activity.Current is { Recorded: true };
        _attempt = AttemptTelemetry.Start(_about.Method, _site, _target.Pool, _about.ScriptName, _attempts, _about.IsOfMessage ? null : _metrics, isTraced, _timeProvider);
        _attempts++;
        _headIsRead = false;
        _requestSent = Task.CompletedTask;
        TraceParams.Write(_request!, _about.Params, _attempt.Activity ?? Activity.Current);
    }

    private void OnConnected(FastCgiConnection connection)
    {
        _connection = connection;
        _attempt.OnConnected(connection);
        _request!.ChangeRequestId(connection.RequestId);
        var maxHeadSize = _target.Connections.MaxResponseHeadSize;
        if (_response is null)
        {
            _response = new ResponseReader(connection, connection.RequestId, maxHeadSize, this);
        }
        else
        {
            _response.Reset(connection, connection.RequestId, maxHeadSize);
        }

        _cancellation = _cancellationToken.UnsafeRegister(static state => ((FastCgiExchange)state!).GiveUp(), this);
    }

    private RetryCause FindCause(FastCgiError error)
    {
        var hasReceived = _connection is not null && _response!.HasReceived;
        var isStale = _mayReuse && _connection is { CompletedRequests: > 0 } or { IsShared: true } && !hasReceived;
        return _target.Retries.Find(error, isStale, hasReceived, _mayReplay, CanReplay);
    }

    /// <summary>Makes the next attempt possible: on a new connection to the same destination, or at another one.</summary>
    /// <returns>False when this attempt was the last.</returns>
    private async ValueTask<bool> TryMoveOnAsync(RetryCause cause, FastCgiException? failure)
    {
        if (_attempts >= _target.Retries.MaxAttempts)
        {
            return false;
        }

        DestinationState? next = null;
        if (cause == RetryCause.StaleConnection)
        {
            _mayReuse = false;
            Log.StaleConnection(_site.Scoped(_logger), _target.Pool.Endpoint.ToString(), failure!);
        }
        else
        {
            next = await NextDestination.PickAsync(_target, _site, _failed ??= [], cause, failure, _attempts, _logger, _cancellationToken).ConfigureAwait(false);
            if (next is null)
            {
                return false;
            }
        }

        _metrics.OnRetry(_target.Pool, RetryCauses.GetWord(cause));
        AttemptActivity.OnRetry(_attempt.Activity, RetryCauses.GetWord(cause));
        await ReleaseFailedAsync(failure).ConfigureAwait(false);
        if (next is not null)
        {
            var context = _site.Context!;
            _target.Others!.MoveTo(context, next, failure is null ? ForwarderError.None : ForwardingFailure.OfAttempt(failure.Error), failure);
            _target = _target with { Pool = _target.Pools!.Get(next.Model.Config.Address) };
            _site = _site.At(next, _target.Pool.Endpoint);
        }

        return true;
    }

    private ValueTask SendRequestAsync(FastCgiConnection connection)
    {
        if (_mayReuse && _body is null && connection is { CompletedRequests: > 0, CanTellUnreadBytes: true })
        {
            connection.WatchUnread(this, ReadingPatience);
        }
        else
        {
            ArmForHead(connection);
        }

        var send = connection.SendAsync(_request!.Written);
        return send.IsCompletedSuccessfully && _body is null ? ValueTask.CompletedTask : SendBodyBehindAsync(send, connection);
    }

    private async ValueTask SendBodyBehindAsync(ValueTask head, FastCgiConnection connection)
    {
        try
        {
            await head.ConfigureAwait(false);
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
        if (_about.ActivityTimeout < _target.Connections.ResponseHeadTimeout && _about.ActivityTimeout != Timeout.InfiniteTimeSpan)
        {
            Progress();
        }
        else
        {
            connection.Deadline.Arm(_target.Connections.ResponseHeadTimeout, FastCgiError.ResponseHeadTimeout);
        }
    }

    private async ValueTask ReleaseFailedAsync(FastCgiException? failure)
    {
        if (failure is not null)
        {
            OnFailure(ErrorTypes.Get(failure.Error), failure.Message);
        }

        await ReleaseConnectionAsync(reusable: false).ConfigureAwait(false);
        EndAttempt();
    }

    private ValueTask ReleaseConnectionAsync(bool reusable)
    {
        if (_connection is not { } connection)
        {
            return ValueTask.CompletedTask;
        }

        lock (_phase)
        {
            // The other party is the client's going away: from here on it finds nothing to give up.
            _connection = null;
        }

        _cancellation.Dispose();
        _withoutClient?.Dispose();
        if (!_requestSent.IsCompleted)
        {
            return ReleaseBehindBodyAsync(connection, reusable);
        }

        Release(connection, reusable);
        return ValueTask.CompletedTask;
    }

    // The application has answered without the rest of the body (E15).
    private async ValueTask ReleaseBehindBodyAsync(FastCgiConnection connection, bool reusable)
    {
        connection.Abort(FastCgiError.Canceled);
        _body!.Cancel();
        await _requestSent.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Release(connection, reusable);
    }

    private void Release(FastCgiConnection connection, bool reusable)
    {
        // Nobody else looks at the task of a body that failed: reading has failed as well, or there is an answer.
        _ = _requestSent.Exception;
        if (_response!.SkippedType is { } type)
        {
            Log.RecordsSkipped(_site.Scoped(_logger), _site.ToString(), (byte)type);
        }

        if (_response.HasDroppedFormerOutput)
        {
            Log.FormerOutputDropped(_site.Scoped(_logger), connection.Endpoint.ToString());
        }

        _response.Dispose();
        _attempt.OnReleased(connection);
        _target.Pool.Return(connection, reusable);
    }

    private async ValueTask EndBehindAsync(ValueTask release)
    {
        await release.ConfigureAwait(false);
        EndAttempt();
    }

    private void EndAttempt()
    {
        _stderr?.Complete();
        _stderr = null;
        _attempt.End();
        _attempt = default;
    }
}
