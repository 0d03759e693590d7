using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>Counts the bytes of a response body on their way to the server.</summary>
internal sealed class CountedResponseBody(IHttpResponseBodyFeature inner) : IHttpResponseBodyFeature
{
    private CountedPipeWriter? _writer;
    private CountedStream? _stream;

    public long Count { get; set; }

    public Stream Stream => _stream ??= new CountedStream(inner.Stream, this);

    public PipeWriter Writer => _writer ??= new CountedPipeWriter(inner.Writer, this);

    public void DisableBuffering() => inner.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default) => inner.StartAsync(cancellationToken);

    public async Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        await inner.SendFileAsync(path, offset, count, cancellationToken).ConfigureAwait(false);
        Count += count ?? (new FileInfo(path).Length - offset);
    }

    public Task CompleteAsync() => inner.CompleteAsync();
}
