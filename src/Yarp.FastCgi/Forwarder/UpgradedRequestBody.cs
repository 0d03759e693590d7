using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Forwarder;

/// <summary>What the client sends behind an upgrade, on its way to STDIN: as it comes, until the client ends its side.</summary>
internal sealed class UpgradedRequestBody(Stream client) : RequestBody
{
    private readonly CancellationTokenSource _canceled = new();

    public override long? Length => null;

    public override bool CanReplay => false;

    public override async ValueTask SendAsync(FastCgiConnection connection, ushort requestId, Action progress)
    {
        int length;
        do
        {
            // Such a client is silent most of the time: without bytes at hand it holds no buffer.
            _ = await client.ReadAsync(Memory<byte>.Empty, _canceled.Token).ConfigureAwait(false);
            using var chunk = new StdinChunk(requestId);
            length = await client.ReadAsync(chunk.Content, _canceled.Token).ConfigureAwait(false);
            progress();
            await chunk.SendAsync(connection, length, isLast: length == 0).ConfigureAwait(false);
            progress();
        }
        while (length > 0);
    }

    public override void Cancel() => _canceled.Cancel();

    public override ValueTask DisposeAsync()
    {
        _canceled.Dispose();
        return ValueTask.CompletedTask;
    }
}
