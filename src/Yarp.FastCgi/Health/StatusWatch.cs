using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Connections.Multiplexing;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Transport;

namespace Yarp.FastCgi.Health;

/// <summary>Asks one destination again and again how busy it is, and tells its connection pool.</summary>
internal sealed class StatusWatch : IDisposable
{
    private const int MaxConnections = 65535;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestBackOff = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly CancellationToken _stopped;
    private readonly ConnectionPool _pool;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private FpmStatus? _latest;
    private int _isStarted;
    private int _queue;
    private bool? _isKnown;

    public StatusWatch(StatusTarget target, TimeProvider timeProvider, ILogger logger)
    {
        Target = target;
        _timeProvider = timeProvider;
        _logger = logger;
        _stopped = _stop.Token;
        _pool = target.Invoker.Pools.Get(target.Address);
    }

    public StatusTarget Target { get; }

    /// <summary>The last status of php-fpm; null when there is none, or none any more.</summary>
    public FpmStatus? Latest => Volatile.Read(ref _latest);

    /// <summary>Begins to ask, unless it has.</summary>
    public void Start()
    {
        if (Interlocked.Exchange(ref _isStarted, 1) == 0)
        {
            Detached.Run(() => _ = Task.Run(RunAsync));
        }
    }

    /// <summary>Asks no more, and takes back what the pool was told.</summary>
    /// <param name="keepsSize">Whether the pool stays as large as it is.</param>
    public void Stop(bool keepsSize)
    {
        // The other party is an answer that comes right now.
        lock (_lock)
        {
            _stop.Cancel();
            Volatile.Write(ref _latest, null);
            _pool.Load = null;
            if (Target.Settings.FollowsCapacity && !keepsSize)
            {
                _pool.Resize(Target.Invoker.Pools.Settings.MaxConnections);
            }
        }
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync()
    {
        var failures = 0;
        while (!_stopped.IsCancellationRequested)
        {
            failures = await TryAskAsync().ConfigureAwait(false) ? 0 : failures + 1;
            await Task.Delay(GetPause(Target.Settings.Interval, failures), _timeProvider, _stopped).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Twice as long after each failure, up to a minute, or the interval if that is longer.</summary>
    internal static TimeSpan GetPause(TimeSpan interval, int failures)
    {
        var pause = interval * Math.Pow(2, Math.Min(failures, 16));
        var longest = interval >= LongestBackOff ? interval : LongestBackOff;
        return pause <= longest ? pause : longest;
    }

    private async Task<bool> TryAskAsync()
    {
        using var timeout = new CancellationTokenSource(AnswerTimeout, _timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, _stopped);
        try
        {
            var (load, status) = Target.Settings.Path is { } path
                ? await AskFpmAsync(path, either.Token).ConfigureAwait(false)
                : (await AskForValuesAsync(either.Token).ConfigureAwait(false), null);
            OnAnswer(load, status);
            return true;
        }
        catch (Exception exception)
        {
            // Whatever it is, the next question may have an answer.
            OnFailure(exception is OperationCanceledException ? $"There was no answer within {AnswerTimeout}." : exception.Message, ProbeAnswer.IsBusy(exception));
            return false;
        }
    }

    private async Task<(ApplicationLoad Load, FpmStatus? Status)> AskFpmAsync(string path, CancellationToken cancellationToken)
    {
        var uri = new UriBuilder(Uri.UriSchemeHttp, "localhost") { Path = path, Query = "?json" };
        using var request = new HttpRequestMessage(HttpMethod.Get, uri.Uri);
        request.Options.Set(FastCgiMessageHandler.AddressKey, Target.StatusAddress);
        request.Options.Set(FastCgiMessageHandler.ProbedAddressKey, Target.Address);
        using var response = await Target.Invoker.SendAsync(request, cancellationToken).ConfigureAwait(false);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var status = (response.IsSuccessStatusCode ? FpmStatus.Read(body) : null)
            ?? throw new InvalidDataException($"The answer of {path}?json at {Target.StatusAddress}, with status {(int)response.StatusCode}, is no status of php-fpm.");
        var busy = status.Active + status.ListenQueue - (Target.CountsItself ? 1 : 0);
        return (new ApplicationLoad(status.Workers, Math.Max(0, busy - _pool.OpenCount), IsCongested: false), status);
    }

    private async Task<ApplicationLoad> AskForValuesAsync(CancellationToken cancellationToken)
    {
        var connector = new Connector(FastCgiEndpoint.Parse(Target.Address), Target.Invoker.Pools.Settings.ConnectTimeout, _timeProvider);
        using var connection = await connector.ConnectPooledAsync(cancellationToken).ConfigureAwait(false);
        var (values, refusal) = await ApplicationProbe.AskAsync(connection, AnswerTimeout).ConfigureAwait(false);
        var workers = values.MaxConnections ?? values.MaxRequests
            ?? throw new InvalidDataException($"It gives no FCGI_MAX_CONNS when asked by FCGI_GET_VALUES ({refusal}). For php-fpm set StatusPath.");
        return new ApplicationLoad(workers, OtherRequests: 0, IsCongested: false);
    }

    private void OnAnswer(ApplicationLoad load, FpmStatus? status)
    {
        lock (_lock)
        {
            if (_stopped.IsCancellationRequested)
            {
                return;
            }

            Volatile.Write(ref _latest, status);
            _pool.Load = load with { IsCongested = LookAtQueue(status?.ListenQueue ?? 0) };
            if (Target.Settings.FollowsCapacity)
            {
                _pool.Resize(Math.Clamp(load.Workers / Target.Settings.Gateways, 1, MaxConnections));
            }

            if (_isKnown is not true)
            {
                _isKnown = true;
                Log.StatusKnown(_logger, Target.DestinationId, Target.ClusterId, load.Workers);
            }
        }
    }

    private void OnFailure(string reason, bool isBusy)
    {
        lock (_lock)
        {
            if (_stopped.IsCancellationRequested)
            {
                return;
            }

            // It has as many workers as before; what they do for others is not known any more.
            _pool.Load = new ApplicationLoad(_pool.Load?.Workers ?? 0, OtherRequests: 0, LookAtQueue(0));
            if (isBusy)
            {
                return;
            }

            Volatile.Write(ref _latest, null);
            if (_isKnown is not false)
            {
                _isKnown = false;
                Log.StatusUnknown(_logger, Target.DestinationId, Target.ClusterId, reason);
            }
        }
    }

    /// <summary>Of both queues: the one of the application, which a unix socket does not tell, and our own.</summary>
    private bool LookAtQueue(int listenQueue)
    {
        var former = _queue;
        _queue = listenQueue + _pool.WaitingCount;
        return former > 0 && _queue >= former;
    }
}
