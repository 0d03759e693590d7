namespace Yarp.FastCgi.Client.Protocol;

/// <summary>
/// Delimits a response body by what its head announces (RFC 9112, section 6.3): by a length, by the chunked coding, which is taken
/// off, or not at all.
/// </summary>
internal struct BodyFraming
{
    private readonly bool _isChunked;
    private readonly bool _hasLength;
    private ChunkedDecoder _chunks;
    private long _remaining;

    /// <param name="length">Bytes of content; null when they are not known beforehand.</param>
    /// <param name="isChunked">Whether the content is wrapped into chunks.</param>
    public BodyFraming(long? length, bool isChunked)
    {
        _isChunked = isChunked;
        _hasLength = length is not null;
        _remaining = length ?? long.MaxValue;
    }

    public readonly bool IsChunked => _isChunked;

    /// <summary>Whether the body itself says where it ends. Otherwise only the end of the stream does.</summary>
    public readonly bool IsDelimited => _isChunked || _hasLength;

    /// <summary>Whether all that was announced has been read.</summary>
    public readonly bool IsComplete => (!_hasLength || _remaining == 0) && (!_isChunked || _chunks.HasEnded);

    /// <summary>Bytes of the announced length that have not been read.</summary>
    public readonly long MissingLength => _hasLength ? _remaining : 0;

    /// <summary>Whether there was more than announced (E44). Nothing is read any more.</summary>
    public bool HasExcess { get; private set; }

    /// <summary>Reads up to the end of the next piece of content.</summary>
    /// <param name="input">What follows the bytes consumed so far; not empty.</param>
    /// <param name="consumed">How much of it was read.</param>
    /// <param name="content">A slice of the input; empty when there is none in it.</param>
    /// <returns>False when the input is not what was announced.</returns>
    public bool TryRead(ReadOnlySpan<byte> input, out int consumed, out ReadOnlySpan<byte> content)
    {
        if (!_isChunked)
        {
            content = input;
            consumed = input.Length;
        }
        else if (_chunks.Read(input, out consumed, out content) == ChunkedReadStatus.Invalid)
        {
            return false;
        }
        else
        {
            HasExcess = _chunks.HasEnded && consumed < input.Length;
        }

        if (content.Length > _remaining)
        {
            content = content[..(int)_remaining];
            HasExcess = true;
        }

        _remaining -= content.Length;
        return true;
    }
}
