using System.Buffers;
using System.Threading.Channels;
using Yarp.FastCgi.Gateway.Hosting;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>
/// Writes the access log, behind the requests: they leave what is to be written in a bounded queue and go on. What does not fit is dropped and counted, so
/// that no disk, however slow, holds up a response.
/// </summary>
internal sealed class AccessLogWriter : IHostedService, IDisposable
{
    // Lines that are there are written together, as long as they are no more than that.
    private const int BatchLength = 64 * 1024;

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TimeBetweenComplaints = TimeSpan.FromMinutes(1);

    private readonly Channel<AccessLogEntry> _entries;
    private readonly Predicate<string> _isSecret;
    private readonly AccessLogOptions _options;
    private readonly AccessLogFile _file;
    private readonly AccessLogMetrics _metrics;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _woken = new(0, 1);
    private Task _writing = Task.CompletedTask;
    private long? _complained;
    private volatile bool _reopens;

    public AccessLogWriter(AccessLogOptions options, AccessLogMetrics metrics, TimeProvider timeProvider, ILogger<AccessLogWriter> logger)
    {
        _options = options;
        _isSecret = options.IsSecret;
        _file = new AccessLogFile(options.Path ?? AccessLogOptions.StandardOutput);
        _metrics = metrics;
        _timeProvider = timeProvider;
        _logger = logger;
        _entries = Channel.CreateBounded<AccessLogEntry>(new BoundedChannelOptions(options.QueueLimit) { SingleReader = true });
    }

    public AccessLogOptions Options => _options;

    /// <summary>Takes a request over; drops it when the queue is full.</summary>
    public void Add(AccessLogEntry entry)
    {
        if (!_entries.Writer.TryWrite(entry))
        {
            _metrics.OnDropped(1);
        }
    }

    /// <summary>Closes the file and opens the one that has its name by then: what logrotate and its like want behind a rename. May be called from anywhere.</summary>
    public void Reopen()
    {
        _reopens = true;
        Wake();
    }

    /// <exception cref="IOException">The file cannot be opened.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            _file.TryOut();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'Gateway:AccessLog:Path': cannot write to '{_options.Path}': {exception.Message}", exception);
        }

        _writing = Task.Run(WriteAllAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    /// <summary>Behind the server: what its last requests left is written.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _entries.Writer.TryComplete();
        Wake();
        await _writing.WaitAsync(StopTimeout, _timeProvider, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        _entries.Writer.TryComplete();
        _woken.Dispose();
    }

    private async Task WriteAllAsync()
    {
        var lines = new ArrayBufferWriter<byte>(BatchLength);
        var reader = _entries.Reader;
        var more = reader.WaitToReadAsync().AsTask();
        var woken = _woken.WaitAsync();
        while (true)
        {
            var first = await Task.WhenAny(more, woken).ConfigureAwait(false);
            if (_reopens)
            {
                _reopens = false;
                _file.Close();
                TryWrite([], count: 0);
            }

            if (first == woken)
            {
                woken = _woken.WaitAsync();
            }

            if (!more.IsCompleted)
            {
                continue;
            }

            if (!await more.ConfigureAwait(false))
            {
                _file.Close();
                return;
            }

            var count = 0;
            while (lines.WrittenCount < BatchLength && reader.TryRead(out var entry))
            {
                Format(lines, entry);
                count++;
            }

            TryWrite(lines.WrittenSpan, count);
            lines.ResetWrittenCount();
            more = reader.WaitToReadAsync().AsTask();
        }
    }

    private void Format(ArrayBufferWriter<byte> lines, AccessLogEntry entry)
    {
        if (_options.Format == AccessLogFormat.Json)
        {
            JsonLine.Write(lines, entry, _options);
        }
        else
        {
            NcsaLine.Write(lines, entry, isCombined: _options.Format == AccessLogFormat.Combined, _isSecret);
        }
    }

    // A full disk must not end the log for good: the next lines try again.
    private void TryWrite(ReadOnlySpan<byte> lines, int count)
    {
        try
        {
            _file.TryOut();
            _file.Write(lines);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _metrics.OnDropped(count);
            _file.Close();
            if (_complained is not { } complained || _timeProvider.GetElapsedTime(complained) >= TimeBetweenComplaints)
            {
                _complained = _timeProvider.GetTimestamp();
                Log.AccessLogFailed(_logger, _options.Path!, exception.Message);
            }
        }
    }

    private void Wake()
    {
        try
        {
            _woken.Release();
        }
        catch (Exception exception) when (exception is SemaphoreFullException or ObjectDisposedException)
        {
            // It is woken already, or has ended.
        }
    }
}
