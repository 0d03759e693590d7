using System.Diagnostics;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Forwarder;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>What one attempt tells of itself: its span, and its measurements when it ends.</summary>
/// <remarks>
/// A mutable struct: hold it in a field that is not readonly. Without listeners it reads no clock and allocates nothing. Listeners of metrics are called
/// at the start and the end only, when no connection is held that their failure could lose.
/// </remarks>
internal struct AttemptTelemetry
{
    private readonly FastCgiMetrics? _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly string _method;
    private readonly MetricTags? _tags;
    private readonly ForwardRecord? _record;
    private readonly long _started;
    private long _queued;
    private long _connected;
    private TimeSpan _untilHead;
    private TimeSpan _wait;
    private long _sent;
    private long _received;
    private int _statusCode;
    private string? _errorType;

    private AttemptTelemetry(Activity? activity, string method, FastCgiMetrics? metrics, MetricTags? tags, ForwardRecord? record, TimeProvider timeProvider)
    {
        Activity = activity;
        _method = method;
        _metrics = metrics;
        _tags = tags;
        _record = record;
        _timeProvider = timeProvider;
        _started = metrics is null && record is null ? 0 : timeProvider.GetTimestamp();
    }

    /// <summary>Null when nobody listens.</summary>
    public Activity? Activity { get; }

    private readonly bool IsTimed => _metrics is not null || _record is not null;

    /// <param name="method">The request's method.</param>
    /// <param name="site">Where it goes.</param>
    /// <param name="pool">The connections to the destination.</param>
    /// <param name="scriptName">The script; null when that is not known.</param>
    /// <param name="resends">How often the request was sent before.</param>
    /// <param name="metrics">The meter; null for requests that are not measured.</param>
    /// <param name="isTraced">Whether the attempt has a span.</param>
    /// <param name="timeProvider">The clock.</param>
    public static AttemptTelemetry Start(
        string method, RequestSite site, ConnectionPool pool, string? scriptName, int resends, FastCgiMetrics? metrics, bool isTraced, TimeProvider timeProvider)
    {
        var activity = isTraced ? AttemptActivity.Start(method, site, scriptName, resends) : null;
        var record = site.IsAuthorizer ? null : ForwardRecord.Of(site.Context);
        record?.OnAttempt(pool.Endpoint);
        if (metrics?.MeasuresRequests != true)
        {
            return new AttemptTelemetry(activity, method, metrics: null, tags: null, record, timeProvider);
        }

        var tags = metrics.GetTags(pool);
        metrics.OnRequestStarted(tags);
        return new AttemptTelemetry(activity, method, metrics, tags, record, timeProvider);
    }

    public void OnQueued()
    {
        AttemptActivity.OnQueued(Activity);
        _record?.OnQueued();
        _queued = IsTimed ? _timeProvider.GetTimestamp() : 0;
    }

    /// <summary>The wait in the queue is over.</summary>
    public void OnDequeued()
    {
        EndWait();
        _record?.OnDequeued(_wait);
    }

    public void OnConnected(FastCgiConnection connection)
    {
        AttemptActivity.OnConnected(Activity, isReused: connection.CompletedRequests > 0 || connection.IsShared);
        if (IsTimed)
        {
            _connected = _timeProvider.GetTimestamp();
            _record?.OnConnected(connection, _timeProvider.GetElapsedTime(_started, _connected));
            (_sent, _received) = (-connection.SentBytes, -connection.ReceivedBytes);
        }
    }

    public void OnHeadReceived()
    {
        AttemptActivity.OnHeadReceived(Activity);
        if (IsTimed && _untilHead == TimeSpan.Zero)
        {
            _untilHead = _timeProvider.GetElapsedTime(_connected);
            _record?.OnHeadReceived(_untilHead);
        }
    }

    public void OnStatus(int statusCode)
    {
        AttemptActivity.SetStatusCode(Activity, statusCode);
        _record?.OnStatus(statusCode);
        _statusCode = statusCode;
    }

    public void OnFailure(string errorType, string message)
    {
        AttemptActivity.SetFailure(Activity, errorType, message);
        _record?.OnFailure(errorType);
        _errorType = errorType;
    }

    /// <summary>The connection goes back, before anybody else may have it.</summary>
    public void OnReleased(FastCgiConnection connection)
    {
        _sent += connection.SentBytes;
        _received += connection.ReceivedBytes;
        _record?.OnReleased(_sent, _received);
    }

    public void End()
    {
        Activity?.Dispose();
        if (_metrics is null)
        {
            return;
        }

        var hasConnected = _connected != 0;
        EndWait();
        if (_wait > TimeSpan.Zero)
        {
            _metrics.OnQueueLeft(_tags!, hasConnected ? null : _errorType, _wait);
        }

        if (hasConnected)
        {
            _metrics.OnBytes(_tags!, _sent, _received);
        }

        _metrics.OnRequestEnded(_tags!, _method, _statusCode, _errorType, _timeProvider.GetElapsedTime(_started), _untilHead);
    }

    private void EndWait()
    {
        if (_queued != 0)
        {
            _wait += _timeProvider.GetElapsedTime(_queued);
            _queued = 0;
        }
    }
}
