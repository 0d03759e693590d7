using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Infrastructure;

internal sealed record LogEntry(string Category, LogLevel Level, EventId EventId, string Message, Exception? Exception)
{
    /// <summary>The values of the scopes that it was logged in.</summary>
    public IReadOnlyDictionary<string, object?> Scope { get; init; } = new Dictionary<string, object?>();

    public override string ToString() => $"{Level} {Category}[{EventId}] {Message} {Exception?.GetType().Name}: {Exception?.Message}";
}

/// <summary>Everything the proxy logged.</summary>
internal sealed class CapturedLogs : ILoggerProvider, ISupportExternalScope
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();
    private readonly StateSignal _signal = new();
    private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    /// <summary>What our own libraries logged.</summary>
    public IEnumerable<LogEntry> Ours => Entries.Where(entry => entry.Category.StartsWith("Yarp.FastCgi", StringComparison.Ordinal));

    public async Task<LogEntry> WaitForAsync(Func<LogEntry, bool> condition, string what)
    {
        await _signal.WaitAsync(() => _entries.Any(condition), () => $"{what} among the log entries:\n{this}");
        return _entries.First(condition);
    }

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

    public void Dispose()
    {
    }

    public override string ToString() => string.Join('\n', _entries);

    private void Add(LogEntry entry)
    {
        _entries.Enqueue(entry);
        _signal.Pulse();
    }

    private Dictionary<string, object?> GetScope()
    {
        var values = new Dictionary<string, object?>(StringComparer.Ordinal);
        _scopes.ForEachScope(
            static (scope, values) =>
            {
                foreach (var (name, value) in scope as IEnumerable<KeyValuePair<string, object?>> ?? [])
                {
                    values[name] = value;
                }
            },
            values);
        return values;
    }

    private sealed class Logger(CapturedLogs logs, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logs._scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logs.Add(new LogEntry(category, logLevel, eventId, formatter(state, exception), exception) { Scope = logs.GetScope() });
    }
}
