using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Yarp.FastCgi.Forwarder;

/// <summary>A response body that goes out at a limited rate.</summary>
internal sealed class LimitedResponseBody : IHttpResponseBodyFeature
{
    private readonly IHttpResponseBodyFeature _body;

    /// <param name="body">Where the body goes.</param>
    /// <param name="bytesPerSecond">The limit; above zero.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="progress">Called for each piece: a response that is held back is not one that stands still.</param>
    public LimitedResponseBody(IHttpResponseBodyFeature body, long bytesPerSecond, TimeProvider timeProvider, Action progress)
    {
        _body = body;
        Stream = new LimitedStream(body.Stream, bytesPerSecond, timeProvider, progress);
        Writer = PipeWriter.Create(Stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    public Stream Stream { get; }

    public PipeWriter Writer { get; }

    public void DisableBuffering() => _body.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => _body.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
        => SendFileFallback.SendFileAsync(Stream, path, offset, count, cancellationToken);

    public async Task CompleteAsync()
    {
        await Writer.CompleteAsync().ConfigureAwait(false);
        await _body.CompleteAsync().ConfigureAwait(false);
    }
}
