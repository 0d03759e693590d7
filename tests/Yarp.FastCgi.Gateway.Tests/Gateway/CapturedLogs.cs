using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>What an application logs, for a test to wait for.</summary>
internal sealed class CapturedLogs : ILoggerProvider, ILogger
{
    private readonly Channel<string> _messages = Channel.CreateUnbounded<string>();

    /// <summary>Waits for a message that contains <paramref name="text"/>; what was logged before it is passed over.</summary>
    public async Task<string> WaitForAsync(string text)
    {
        return await ReadAsync().WithinAsync($"'{text}' to be logged");

        async Task<string> ReadAsync()
        {
            while (true)
            {
                var message = await _messages.Reader.ReadAsync();
                if (message.Contains(text, StringComparison.Ordinal))
                {
                    return message;
                }
            }
        }
    }

    /// <summary>Whether what was logged and not waited for yet contains <paramref name="text"/>.</summary>
    public bool Contains(string text)
    {
        while (_messages.Reader.TryRead(out var message))
        {
            if (message.Contains(text, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => _messages.Writer.TryWrite($"{logLevel}: {formatter(state, exception)} {exception?.Message}");

    public void Dispose()
    {
    }
}
