using System.Collections;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Forwarder;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>Writes log events in a scope that says which request they are of. Made for the event: requests that log nothing have no scope.</summary>
internal sealed class SiteLogger(ILogger logger, RequestSite site) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        using var scope = logger.BeginScope(new Scope(site));
        logger.Log(logLevel, eventId, state, exception, formatter);
    }

    private sealed class Scope : IReadOnlyList<KeyValuePair<string, object?>>
    {
        private readonly List<KeyValuePair<string, object?>> _values = [];

        public Scope(RequestSite site)
        {
            Add("TraceId", Activity.Current?.TraceId.ToHexString());
            Add("RouteId", site.RouteId);
            Add("ClusterId", site.ClusterId);
            Add("DestinationId", site.DestinationId);
        }

        public int Count => _values.Count;

        public KeyValuePair<string, object?> this[int index] => _values[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => string.Join(' ', _values.Select(static value => $"{value.Key}:{value.Value}"));

        private void Add(string name, string? value)
        {
            if (value is not null)
            {
                _values.Add(new(name, value));
            }
        }
    }
}
