using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Interpreters;

/// <summary>
/// Keeps one process running: starts it, waits until it accepts connections, and starts another when it ends, behind a delay when starts
/// fail in a row.
/// </summary>
internal sealed class InterpreterInstance : IDisposable
{
    /// <summary>A program that ends sooner has not started, however far it came.</summary>
    private static readonly TimeSpan MinUptime = TimeSpan.FromSeconds(1);

    // The children of a program that was killed may hold its address a moment longer.
    private static readonly TimeSpan AddressReleaseTime = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstCheck = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestCheck = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(1);

    // A connection that was let in is on its way to the queue at the first look.
    private const int ChecksToAccept = 2;

    private readonly Interpreter _interpreter;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private IInterpreterProcess? _process;

    public InterpreterInstance(Interpreter interpreter, TimeProvider timeProvider, ILogger logger)
    {
        _interpreter = interpreter;
        _timeProvider = timeProvider;
        _logger = logger;
    }

    /// <summary>Completes when the first process of the instance accepts connections; fails when the instance was stopped before.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when the instance has been stopped and its process has ended.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Whether its process accepts connections.</summary>
    public bool IsReady { get; set; }

    /// <summary>When its process began to accept connections.</summary>
    public long ReadySince { get; private set; }

    /// <summary>The interpreter's count of connections for each process, when this process began to accept them.</summary>
    public double ShareAtStart { get; set; }

    public void Start() => Detached.Run(() => Completion = Task.Run(RunAsync));

    /// <summary>Ends the process by KillSignal, and by SIGKILL when it takes longer than StopTimeout, or when the token is canceled.</summary>
    public async Task StopAsync(string reason, CancellationToken killToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        IInterpreterProcess? process;
        lock (_lock)
        {
            process = _process;
        }

        if (process is not null)
        {
            var settings = _interpreter.Settings;
            process.Signal(settings.KillSignal);
            try
            {
                await process.Exited.WaitAsync(settings.StopTimeout, _timeProvider, killToken).ConfigureAwait(false);
                Log.InterpreterStopped(_logger, _interpreter.Where, process.Id, reason);
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
                process.Kill();
                Log.InterpreterKilled(_logger, _interpreter.Where, process.Id, settings.StopTimeout);
            }
        }

        await Completion.ConfigureAwait(false);
    }

    /// <summary>Ends the process at once.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        lock (_lock)
        {
            _process?.Kill();
        }
    }

    private async Task RunAsync()
    {
        await _interpreter.Predecessor.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _interpreter.Gate.SetBlocked(false);
        var delay = TimeSpan.Zero;
        var isFirst = true;
        while (!_stopping.IsCancellationRequested)
        {
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, _timeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (_stopping.IsCancellationRequested)
                {
                    break;
                }
            }

            if (!isFirst)
            {
                _interpreter.OnRestart();
            }

            isFirst = false;
            delay = await RunProcessAsync().ConfigureAwait(false);
        }

        _ready.TrySetCanceled();
    }

    /// <returns>How long to wait before the next start.</returns>
    private async Task<TimeSpan> RunProcessAsync()
    {
        IInterpreterProcess process;
        ListenSocket? socket;
        bool hasWaiting;
        try
        {
            socket = _interpreter.OpenSocket();
            if (socket is null)
            {
                await FreeAddressAsync().ConfigureAwait(false);
            }

            hasWaiting = socket is { HasWaiting: true };
            process = _interpreter.Launcher.Start(_interpreter.Settings, socket);
        }
        catch (Exception exception) when (exception is InterpreterStartException or IOException)
        {
            return _stopping.IsCancellationRequested ? TimeSpan.Zero : _interpreter.OnStartFailed(exception.Message);
        }

        lock (_lock)
        {
            _process = process;
            if (_stopping.IsCancellationRequested)
            {
                process.Kill();
            }
        }

        var output = _interpreter.ReadOutputAsync(process);
        try
        {
            if (await WaitUntilAcceptingAsync(process, socket, hasWaiting).ConfigureAwait(false) is { } reason)
            {
                if (!_stopping.IsCancellationRequested)
                {
                    process.Kill();
                }

                await process.Exited.ConfigureAwait(false);
                _interpreter.OnDown(this);
                return _stopping.IsCancellationRequested ? TimeSpan.Zero : _interpreter.OnStartFailed(reason);
            }

            ReadySince = _timeProvider.GetTimestamp();
            _interpreter.OnReady(this, process.Id);
            _ready.TrySetResult();
            var entered = _interpreter.Gate.EnteredCount;
            var exit = await process.Exited.ConfigureAwait(false);
            _interpreter.OnDown(this);
            if (_stopping.IsCancellationRequested)
            {
                return TimeSpan.Zero;
            }

            // What ends by itself behind some requests has had enough of them (PHP_FCGI_MAX_REQUESTS).
            var hasServed = exit.Code == 0 && _interpreter.Gate.EnteredCount > entered;
            if (!hasServed && _timeProvider.GetElapsedTime(ReadySince) < MinUptime)
            {
                return _interpreter.OnStartFailed($"process {process.Id} {exit} within a second");
            }

            Log.InterpreterExited(_logger, _interpreter.Where, process.Id, exit.ToString());
            return _interpreter.OnExited();
        }
        finally
        {
            lock (_lock)
            {
                _process = null;
            }

            process.Dispose();
            await output.ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Finds out whether the process accepts connections. Where the program listens itself, one is made for that. Where the gateway
    /// listens, connections are established in any case, and a program may take one without a request amiss (Ruby's fcgi ends): there the
    /// first request shows it, when it leaves the socket's queue; until one comes, a process that runs is taken to be well.
    /// </summary>
    /// <returns>Why it does not accept connections; null when it does.</returns>
    private async Task<string?> WaitUntilAcceptingAsync(IInterpreterProcess process, ListenSocket? socket, bool hasWaiting)
    {
        var settings = _interpreter.Settings;
        var gate = _interpreter.Gate;
        if (socket is not null)
        {
            // Several connections in the queue may be more than a process that accepts takes in the time.
            if (_interpreter.ReadyCount > 0 || (hasWaiting && gate.Count > 1))
            {
                return null;
            }

            if (!hasWaiting)
            {
                gate.LetOneIn();
            }
        }

        var since = _timeProvider.GetTimestamp();
        var wasTaken = hasWaiting;
        var check = FirstCheck;
        var accepted = 0;
        while (true)
        {
            if (process.Exited.IsCompleted)
            {
                return $"process {process.Id} {await process.Exited.ConfigureAwait(false)} before it accepted connections";
            }

            if (socket is null)
            {
                accepted = await IsListeningAsync().ConfigureAwait(false) ? ChecksToAccept : 0;
            }
            else if (wasTaken)
            {
                accepted = socket.HasWaiting ? 0 : accepted + 1;
            }
            else if (gate.IsTrialTaken)
            {
                (wasTaken, since) = (true, _timeProvider.GetTimestamp());
            }

            if (accepted >= ChecksToAccept)
            {
                return null;
            }

            if (_stopping.IsCancellationRequested)
            {
                return "it is being stopped";
            }

            if (_timeProvider.GetElapsedTime(since) >= settings.StartTimeout)
            {
                return socket is not null && !wasTaken ? null : $"process {process.Id} accepted no connection within StartTimeout ({settings.StartTimeout})";
            }

            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            await Task.WhenAny(process.Exited, Task.Delay(check, _timeProvider, waiting.Token)).ConfigureAwait(false);
            await waiting.CancelAsync().ConfigureAwait(false);
            check = check * 2 < LongestCheck ? check * 2 : LongestCheck;
        }
    }

    private async Task<bool> IsListeningAsync()
    {
        try
        {
            using var connection = await new Connector(_interpreter.Settings.Endpoint, ProbeTimeout, _timeProvider).ConnectAsync(_stopping.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception exception) when (exception is FastCgiException or OperationCanceledException)
        {
            return false;
        }
    }

    private async Task FreeAddressAsync()
    {
        var endpoint = _interpreter.Settings.Endpoint;
        if (!OperatingSystem.IsLinux() || !endpoint.IsUnix)
        {
            return;
        }

        var started = _timeProvider.GetTimestamp();
        while (true)
        {
            try
            {
                StaleSocket.Remove(endpoint);
                return;
            }
            catch (InterpreterStartException) when (_timeProvider.GetElapsedTime(started) < AddressReleaseTime)
            {
                await Task.Delay(LongestCheck, _timeProvider, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
