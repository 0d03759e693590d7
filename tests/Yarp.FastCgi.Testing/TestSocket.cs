using System.Net.Sockets;
using System.Text;

namespace Yarp.FastCgi.Testing;

/// <summary>
/// A connected socket whose every operation is bounded in time and fails with a clear text. Reads are for one reader and sends for
/// one sender at a time.
/// </summary>
public sealed class TestSocket : IDisposable
{
    private readonly Socket _socket;
    private readonly CancellationToken _stopped;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    public TestSocket(Socket socket, CancellationToken stopped = default)
    {
        _socket = socket;
        _stopped = stopped;
        if (socket.ProtocolType == ProtocolType.Tcp)
        {
            socket.NoDelay = true;
        }
    }

    public Socket Socket => _socket;

    /// <summary>Fills <paramref name="destination"/>. False when the other side ended cleanly before the first byte.</summary>
    public async Task<bool> TryReadExactlyAsync(Memory<byte> destination, string what, TimeSpan? timeout = null)
    {
        var filled = 0;
        while (filled < destination.Length)
        {
            var read = await ReadAsync(destination[filled..], what, timeout);
            if (read == 0)
            {
                return filled == 0
                    ? false
                    : throw new PeerClosedException($"Closed by the other side after {filled} of {destination.Length} bytes: {what}.", PeerClose.Graceful);
            }

            filled += read;
        }

        return true;
    }

    /// <summary>Reads until <paramref name="delimiter"/> was seen; returns everything up to and including it, as Latin-1.</summary>
    public async Task<string> ReadUntilAsync(string delimiter)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!EndsWith(text, delimiter))
        {
            if (await ReadAsync(one, $"'{Escape(delimiter)}' behind '{Escape(text.ToString())}'") == 0)
            {
                throw new PeerClosedException($"Closed by the other side before '{Escape(delimiter)}'; got '{Escape(text.ToString())}'.", PeerClose.Graceful);
            }

            text.Append((char)one[0]);
        }

        return text.ToString();
    }

    /// <summary>Reads exactly <paramref name="count"/> bytes.</summary>
    public async Task<byte[]> ReadExactlyAsync(int count)
    {
        var bytes = new byte[count];
        return await TryReadExactlyAsync(bytes, $"{count} bytes")
            ? bytes
            : throw new PeerClosedException($"Closed by the other side before {count} expected bytes.", PeerClose.Graceful);
    }

    /// <summary>Reads until the other side ends the connection, in whichever way.</summary>
    public async Task<(byte[] Bytes, PeerClose Close)> ReadToEndAsync()
    {
        var all = new MemoryStream();
        var chunk = new byte[16 * 1024];
        try
        {
            while (await ReadAsync(chunk, $"the end of the connection behind {all.Length} bytes") is > 0 and var read)
            {
                all.Write(chunk, 0, read);
            }

            return (all.ToArray(), PeerClose.Graceful);
        }
        catch (PeerClosedException exception)
        {
            return (all.ToArray(), exception.Close);
        }
    }

    public async Task<int> ReadAsync(Memory<byte> destination, string what, TimeSpan? timeout = null)
    {
        if (_start == _end)
        {
            _start = 0;
            _end = await BoundedAsync(token => _socket.ReceiveAsync(_buffer, SocketFlags.None, token), what, timeout);
        }

        var count = Math.Min(destination.Length, _end - _start);
        _buffer.AsMemory(_start, count).CopyTo(destination);
        _start += count;
        return count;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var remaining = bytes;
            var sent = await BoundedAsync(
                token => _socket.SendAsync(remaining, SocketFlags.None, token), $"the other side to take {remaining.Length} bytes", null);
            bytes = bytes[sent..];
        }
    }

    /// <summary>Ends the sending direction (FIN); reading goes on.</summary>
    public void ShutdownSend() => _socket.Shutdown(SocketShutdown.Send);

    /// <summary>Closes cleanly.</summary>
    public void Close() => _socket.Dispose();

    /// <summary>Aborts with RST (TCP only: closing a unix socket resets the peer just when unread bytes were left in it).</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public void Dispose() => Close();

    private async Task<int> BoundedAsync(Func<CancellationToken, ValueTask<int>> operation, string what, TimeSpan? timeout)
    {
        using var expiry = CancellationTokenSource.CreateLinkedTokenSource(_stopped);
        expiry.CancelAfter(timeout ?? TestTimeout.Default);
        try
        {
            return await operation(expiry.Token);
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            throw new ResponderStoppedException();
        }
        catch (OperationCanceledException)
        {
            throw TestTimeout.Failure(what, timeout);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown)
        {
            throw new PeerClosedException($"Aborted by the other side: {what}.", PeerClose.Reset, exception);
        }
        catch (ObjectDisposedException) when (_stopped.IsCancellationRequested)
        {
            throw new ResponderStoppedException();
        }
    }

    private static bool EndsWith(StringBuilder text, string delimiter) =>
        text.Length >= delimiter.Length && text.ToString(text.Length - delimiter.Length, delimiter.Length) == delimiter;

    private static string Escape(string text) =>
        text.Replace("\r", "\\r", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
