using System.Buffers;
using System.IO.Pipelines;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Threading;

namespace Yarp.FastCgi.Forwarder;

/// <summary>A request body that goes to the application as the client sends it (RequestBuffering: false).</summary>
internal sealed class StreamedRequestBody(PipeReader reader, long? length) : RequestBody
{
    private volatile bool _canceled;

    public override long? Length => length;

    public override bool CanReplay => false;

    public override async ValueTask SendAsync(FastCgiConnection connection, ushort requestId, Action progress)
    {
        using var chunk = new StdinChunk(requestId);
        var share = default(FairShare);
        while (!_canceled)
        {
            var result = await reader.ReadAsync().ConfigureAwait(false);
            if (result.IsCanceled)
            {
                reader.AdvanceTo(result.Buffer.Start);
                return;
            }

            var content = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, chunk.Content.Length));
            content.CopyTo(chunk.Content.Span);
            var length = (int)content.Length;
            var isLast = result.IsCompleted && length == result.Buffer.Length;
            reader.AdvanceTo(content.End);
            progress();
            if (length > 0 || isLast)
            {
                await chunk.SendAsync(connection, length, isLast).ConfigureAwait(false);
                await share.SpendAsync(length);
                progress();
            }

            if (isLast)
            {
                return;
            }
        }
    }

    public override void Cancel()
    {
        _canceled = true;
        reader.CancelPendingRead();
    }

    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
