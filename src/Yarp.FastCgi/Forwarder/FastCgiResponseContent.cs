using System.Net;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The body of a response as content of a message. Unread, it costs nothing.</summary>
internal sealed class FastCgiResponseContent(FastCgiExchange exchange, ResponseHead head, bool ownsExchange = false) : HttpContent
{
    private FastCgiResponseStream? _stream;

    /// <summary>Whether somebody reads the body from here.</summary>
    public bool IsTaken => _stream is not null;

    protected override Stream CreateContentReadStream(CancellationToken cancellationToken)
        => _stream ??= new FastCgiResponseStream(exchange, head, ownsExchange);

    protected override Task<Stream> CreateContentReadStreamAsync() => Task.FromResult(CreateContentReadStream(CancellationToken.None));

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var source = CreateContentReadStream(CancellationToken.None);
        await source.CopyToAsync(stream).ConfigureAwait(false);
    }

    // The message's own Content-Length, when the application gave one, stands in the headers.
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && ownsExchange)
        {
            CreateContentReadStream(CancellationToken.None).Dispose();
        }

        base.Dispose(disposing);
    }
}
