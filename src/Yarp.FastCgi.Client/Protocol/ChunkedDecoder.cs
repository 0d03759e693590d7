namespace Yarp.FastCgi.Client.Protocol;

/// <summary>
/// Takes the chunked coding (RFC 9112, section 7.1) off a body that arrives in pieces. The content is handed out in place;
/// chunk extensions and trailers are dropped. Line ends are CRLF and nothing else.
/// </summary>
internal struct ChunkedDecoder
{
    /// <summary>Most bytes of one chunk's first line, and of all trailers together.</summary>
    public const int MaxLineLength = 8192;

    private State _state;
    private long _remaining;
    private int _lineLength;

    private enum State
    {
        FirstDigit,
        Size,
        BehindSize,
        Extension,
        SizeLineFeed,
        Content,
        ContentCarriageReturn,
        ContentLineFeed,
        TrailerStart,
        Trailer,
        TrailerLineFeed,
        LastLineFeed,
        End,
        Invalid,
    }

    public readonly bool HasEnded => _state == State.End;

    /// <summary>Reads up to the end of the next piece of content.</summary>
    /// <param name="input">What follows the bytes consumed so far.</param>
    /// <param name="consumed">How much of it was read; nothing behind the end of the body.</param>
    /// <param name="content">A slice of the input, not empty when there is content.</param>
    public ChunkedReadStatus Read(ReadOnlySpan<byte> input, out int consumed, out ReadOnlySpan<byte> content)
    {
        content = default;
        consumed = 0;
        while (_state is not (State.End or State.Invalid) && consumed < input.Length)
        {
            if (_state == State.Content)
            {
                content = input.Slice(consumed, (int)Math.Min(_remaining, input.Length - consumed));
                consumed += content.Length;
                _remaining -= content.Length;
                if (_remaining == 0)
                {
                    _state = State.ContentCarriageReturn;
                }

                return ChunkedReadStatus.Content;
            }

            _state = ++_lineLength > MaxLineLength ? State.Invalid : Advance(input[consumed]);
            consumed++;
        }

        return _state switch
        {
            State.End => ChunkedReadStatus.End,
            State.Invalid => ChunkedReadStatus.Invalid,
            _ => ChunkedReadStatus.NeedMoreData,
        };
    }

    private State Advance(byte value)
    {
        switch (_state)
        {
            case State.FirstDigit:
                _lineLength = 1;
                _remaining = 0;
                return AddDigit(value);

            case State.Size when value is not ((byte)'\r' or (byte)';' or (byte)' ' or (byte)'\t'):
                return AddDigit(value);

            // Blanks in front of an extension are bad, but allowed.
            case State.Size or State.BehindSize:
                return value switch
                {
                    (byte)'\r' => State.SizeLineFeed,
                    (byte)';' => State.Extension,
                    (byte)' ' or (byte)'\t' => State.BehindSize,
                    _ => State.Invalid,
                };

            case State.Extension:
                return value == '\r' ? State.SizeLineFeed : IsText(value) ? State.Extension : State.Invalid;

            case State.SizeLineFeed when value == '\n':
                _lineLength = 0;
                return _remaining == 0 ? State.TrailerStart : State.Content;

            case State.ContentCarriageReturn when value == '\r':
                return State.ContentLineFeed;

            case State.ContentLineFeed when value == '\n':
                return State.FirstDigit;

            case State.TrailerStart when value == '\r':
                return State.LastLineFeed;

            case State.TrailerStart or State.Trailer:
                return value == '\r' ? State.TrailerLineFeed : IsText(value) ? State.Trailer : State.Invalid;

            case State.TrailerLineFeed when value == '\n':
                return State.TrailerStart;

            case State.LastLineFeed when value == '\n':
                return State.End;

            default:
                return State.Invalid;
        }
    }

    private State AddDigit(byte value)
    {
        if (!char.IsAsciiHexDigit((char)value) || _remaining > long.MaxValue >> 4)
        {
            return State.Invalid;
        }

        _remaining = (_remaining << 4) | (long)(value <= '9' ? value - '0' : (value | 0x20) - 'a' + 10);
        return State.Size;
    }

    private static bool IsText(byte value) => value is >= 0x20 and not 0x7F or (byte)'\t';
}
