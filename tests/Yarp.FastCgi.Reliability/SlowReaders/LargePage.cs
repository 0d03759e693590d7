using System.Globalization;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Reliability.SlowReaders;

/// <summary>An application whose page is of a length, each byte of which tells its place, and that counts what it could send.</summary>
internal sealed class LargePage(long length)
{
    /// <summary>A prime, so that no buffer's size is a multiple.</summary>
    private const int Period = 251;

    private static readonly byte[] Pattern = [.. Enumerable.Range(0, 32_000 + Period).Select(i => (byte)(i % Period))];

    private long _sent;

    /// <summary>Bytes that the gateway has taken so far, of all responses.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    public long Length => length;

    public async Task ServeAsync(ScriptedConnection connection)
    {
        var request = await connection.ReadRequestAsync();
        var isLarge = request["REQUEST_URI"] == "/large";
        await connection.SendStdoutAsync(string.Create(CultureInfo.InvariantCulture, $"Content-Type: application/octet-stream\r\nContent-Length: {(isLarge ? length : 1)}\r\n\r\n"));
        for (var sent = 0L; sent < (isLarge ? length : 1);)
        {
            var size = (int)Math.Min(isLarge ? 32_000 : 1, length - sent);
            await connection.SendStdoutAsync(Pattern.AsMemory((int)(sent % Period), size));
            sent += size;
            Interlocked.Add(ref _sent, size);
        }

        await connection.EndStdoutAsync();
        await connection.EndRequestAsync();
    }

    /// <summary>Whether these bytes are the page's at this place.</summary>
    public static bool IsAt(long position, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var size = Math.Min(bytes.Length, 32_000);
            if (!bytes[..size].SequenceEqual(Pattern.AsSpan((int)(position % Period), size)))
            {
                return false;
            }

            position += size;
            bytes = bytes[size..];
        }

        return true;
    }
}
