using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>
/// The body of a response on its way to the client, copied while it may be kept. With the first byte, or with the end of a response without a body, its head is looked at
/// once: whether it is kept, and whether the client gets it at all.
/// </summary>
internal sealed class CapturedResponse : IHttpResponseBodyFeature, IDisposable
{
    private readonly IHttpResponseBodyFeature? _client;
    private readonly Func<HeadVerdict> _onHead;
    private readonly Action _onOverflow;
    private readonly int _limit;
    private CapturedWriter? _writer;
    private CapturedStream? _stream;
    private HeadVerdict? _verdict;

    /// <param name="client">Where the response goes; null for one that nobody waits for.</param>
    /// <param name="limit">Bytes of the largest body that is copied.</param>
    /// <param name="onHead">Looks at the head.</param>
    /// <param name="onOverflow">Hears that the body is larger.</param>
    public CapturedResponse(IHttpResponseBodyFeature? client, int limit, Func<HeadVerdict> onHead, Action onOverflow)
    {
        _client = client;
        _limit = limit;
        _onHead = onHead;
        _onOverflow = onOverflow;
    }

    /// <summary>What was copied; null unless the response is to be kept, and all of it was copied.</summary>
    public BoundedCopy? Copy { get; private set; }

    /// <summary>Whether the client gets nothing of it.</summary>
    public bool IsDropped => _verdict is { IsDropped: true };

    /// <summary>Whether the client may have got something of it.</summary>
    public bool HasPassed => _verdict is { IsDropped: false };

    public Stream Stream => _stream ??= new CapturedStream(this);

    public PipeWriter Writer => _writer ??= new CapturedWriter(this);

    /// <summary>The writer that the response goes to; null where it goes nowhere. From then on its head is final.</summary>
    public PipeWriter? Target => Decide().IsDropped ? null : _client?.Writer;

    /// <summary>The same for whoever only asks: null too as long as nothing was written.</summary>
    public PipeWriter? Begun => _verdict is null or { IsDropped: true } ? null : _client?.Writer;

    public void DisableBuffering() => _client?.DisableBuffering();

    public Task StartAsync(CancellationToken cancellationToken = default)
        => Decide().IsDropped || _client is null ? Task.CompletedTask : _client.StartAsync(cancellationToken);

    public Task SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken = default)
    {
        var verdict = Decide();
        Overflow();
        return verdict.IsDropped || _client is null ? Task.CompletedTask : _client.SendFileAsync(path, offset, count, cancellationToken);
    }

    public Task CompleteAsync() => Decide().IsDropped || _client is null ? Task.CompletedTask : _client.CompleteAsync();

    /// <summary>Looks at the head, if nobody has yet.</summary>
    public HeadVerdict Decide()
    {
        if (_verdict is { } known)
        {
            return known;
        }

        var verdict = _onHead();
        _verdict = verdict;
        if (verdict.IsKept)
        {
            Copy = new BoundedCopy(_limit);
        }

        return verdict;
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (Copy is { } copy)
        {
            copy.Append(bytes);
            if (copy.IsOver)
            {
                Overflow();
            }
        }
    }

    public void Dispose() => Copy?.Dispose();

    private void Overflow()
    {
        if (Copy is { } copy)
        {
            Copy = null;
            copy.Dispose();
            _onOverflow();
        }
    }
}
