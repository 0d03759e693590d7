using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Infrastructure;

internal sealed record LogEntry(string Category, LogLevel Level, EventId EventId, string Message, Exception? Exception)
{
    public override string ToString() => $"{Level} {Category}[{EventId}] {Message} {Exception?.GetType().Name}: {Exception?.Message}";
}

/// <summary>Everything the proxy logged.</summary>
internal sealed class CapturedLogs : ILoggerProvider
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();
    private readonly StateSignal _signal = new();

    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    /// <summary>What our own libraries logged.</summary>
    public IEnumerable<LogEntry> Ours => Entries.Where(entry => entry.Category.StartsWith("Yarp.FastCgi", StringComparison.Ordinal));

    public async Task<LogEntry> WaitForAsync(Func<LogEntry, bool> condition, string what)
    {
        await _signal.WaitAsync(() => _entries.Any(condition), () => $"{what} among the log entries:\n{this}");
        return _entries.First(condition);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    public override string ToString() => string.Join('\n', _entries);

    private void Add(LogEntry entry)
    {
        _entries.Enqueue(entry);
        _signal.Pulse();
    }

    private sealed class Logger(CapturedLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logs.Add(new LogEntry(category, logLevel, eventId, formatter(state, exception), exception));
    }
}
