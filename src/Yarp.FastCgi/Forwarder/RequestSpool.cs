using System.Buffers;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Threading;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// Receives a request body whole (docs/decisions/0003-request-bodies.md): up to RequestBufferSize in memory, a longer one in a file.
/// The server's MaxRequestBodySize bounds it.
/// </summary>
internal static class RequestSpool
{
    private const int InitialBufferSize = 4096;
    private const int FileChunkSize = ProtocolLimits.MaxPaddedContentLength;

    /// <param name="body">The client's body.</param>
    /// <param name="contentLength">Its length as announced, or null.</param>
    /// <param name="settings">Where it is kept.</param>
    /// <exception cref="TimeoutException">The client paused for too long.</exception>
    /// <exception cref="SpoolException">The file could not be made or written.</exception>
    public static async ValueTask<SpooledRequestBody> ReceiveAsync(ClientBodyReader body, long? contentLength, ApplicationSettings settings)
    {
        var limit = settings.RequestBufferSize;
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(limit, contentLength ?? InitialBufferSize));
        try
        {
            var length = 0;
            var share = default(FairShare);
            while (true)
            {
                var result = await body.ReadAsync().ConfigureAwait(false);
                var received = result.Buffer;
                if (length + received.Length > limit)
                {
                    body.AdvanceTo(received.Start);
                    return await ReceiveIntoFileAsync(body, buffer.AsMemory(0, length), settings).ConfigureAwait(false);
                }

                if (length + received.Length > buffer.Length)
                {
                    buffer = Grow(buffer, length, (int)Math.Min(limit, Math.Max(length + received.Length, buffer.Length * 4L)));
                }

                received.CopyTo(buffer.AsSpan(length));
                length += (int)received.Length;
                await share.SpendAsync(received.Length);
                body.AdvanceTo(received.End);
                if (result.IsCompleted)
                {
                    var whole = buffer;
                    buffer = null;
                    return new SpooledRequestBody(whole, length);
                }
            }
        }
        finally
        {
            if (buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private static async ValueTask<SpooledRequestBody> ReceiveIntoFileAsync(ClientBodyReader body, ReadOnlyMemory<byte> head, ApplicationSettings settings)
    {
        var file = await SpoolFile.CreateAsync(settings).ConfigureAwait(false);
        var chunk = ArrayPool<byte>.Shared.Rent(FileChunkSize);
        try
        {
            await file.WriteAsync(head, 0).ConfigureAwait(false);
            long length = head.Length;
            var filled = 0;
            var share = default(FairShare);
            while (true)
            {
                var result = await body.ReadAsync().ConfigureAwait(false);
                var taken = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, chunk.Length - filled));
                taken.CopyTo(chunk.AsSpan(filled));
                filled += (int)taken.Length;
                var isLast = result.IsCompleted && taken.Length == result.Buffer.Length;
                body.AdvanceTo(taken.End);

                // Kestrel hands over 4 KiB at a time: gather before writing.
                if (filled == chunk.Length || isLast)
                {
                    await file.WriteAsync(chunk.AsMemory(0, filled), length).ConfigureAwait(false);
                    await share.SpendAsync(filled);
                    length += filled;
                    filled = 0;
                }

                if (isLast)
                {
                    return new SpooledRequestBody(file, length);
                }
            }
        }
        catch
        {
            await file.DisposeAsync().ConfigureAwait(false);
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    private static byte[] Grow(byte[] buffer, int length, int capacity)
    {
        var larger = ArrayPool<byte>.Shared.Rent(capacity);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
