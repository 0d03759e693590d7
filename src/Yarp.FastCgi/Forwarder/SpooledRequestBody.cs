using System.Buffers;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Threading;

namespace Yarp.FastCgi.Forwarder;

/// <summary>A request body that was received whole: in a pooled buffer, or in a file.</summary>
internal sealed class SpooledRequestBody : RequestBody
{
    private readonly long _length;
    private readonly SpoolFile? _file;
    private byte[]? _buffer;

    public SpooledRequestBody(byte[] pooledBuffer, int length)
    {
        _buffer = pooledBuffer;
        _length = length;
    }

    public SpooledRequestBody(SpoolFile file, long length)
    {
        _file = file;
        _length = length;
    }

    public override long? Length => _length;

    public override bool CanReplay => true;

    public override ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _buffer is null ? 0 : (int)_length);

    public override string? ApplicationFile => _file?.ApplicationPath;

    public override async ValueTask SendAsync(FastCgiConnection connection, ushort requestId, Action progress)
    {
        using var chunk = new StdinChunk(requestId);
        var share = default(FairShare);
        var sent = 0L;
        do
        {
            var length = (int)Math.Min(chunk.Content.Length, _length - sent);
            if (_file is null)
            {
                Memory.Slice((int)sent, length).CopyTo(chunk.Content);
            }
            else
            {
                length = await _file.ReadAsync(chunk.Content[..length], sent).ConfigureAwait(false);
                if (length == 0)
                {
                    throw new SpoolException("The file of the request body is shorter than what was written to it.", innerException: null);
                }
            }

            sent += length;
            await chunk.SendAsync(connection, length, isLast: sent == _length).ConfigureAwait(false);
            await share.SpendAsync(length);
            progress();
        }
        while (sent < _length);
    }

    public override ValueTask DisposeAsync()
    {
        if (_buffer is { } buffer)
        {
            _buffer = null;
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return _file?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
