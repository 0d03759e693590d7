namespace Yarp.FastCgi.Client.Protocol;

/// <summary>
/// Cuts received bytes into records without waiting for whole ones (FastCGI 1.0, section 3.3).
/// The caller owns the bytes and presents those not consumed again, with more behind them.
/// </summary>
/// <remarks>A mutable struct: hold it in a field that is not readonly.</remarks>
internal struct RecordReader
{
    private RecordHeader _header;

    // Content and padding together exceed 16 bits (65535 + 255), so they are counted apart and in 32 bits.
    private int _contentLeft;
    private int _paddingLeft;

    /// <summary>
    /// No record is partly read: header, content and padding of the last one are consumed.
    /// Bytes that the caller still holds unconsumed belong to a next record.
    /// </summary>
    public readonly bool IsAtBoundary => _contentLeft == 0 && _paddingLeft == 0;

    /// <summary>
    /// Delivers the next fragment. A record with content comes in one or more fragments, an empty one in exactly one;
    /// padding is passed over. With <see cref="RecordReadStatus.NeedMoreData"/> padding and a complete header may have been consumed.
    /// </summary>
    public RecordReadStatus Read(ReadOnlySpan<byte> input, out int consumed, out RecordFragment fragment)
    {
        consumed = 0;
        fragment = default;

        if (_contentLeft == 0)
        {
            consumed = SkipPadding(input.Length);
            if (_paddingLeft > 0 || input.Length - consumed < ProtocolLimits.HeaderSize)
            {
                return RecordReadStatus.NeedMoreData;
            }

            var header = RecordHeader.Read(input[consumed..], out var version);
            if (version != ProtocolLimits.Version)
            {
                // Not consumed, so every further call says the same.
                return RecordReadStatus.UnsupportedVersion;
            }

            consumed += ProtocolLimits.HeaderSize;
            _header = header;
            _contentLeft = header.ContentLength;
            _paddingLeft = header.PaddingLength;
        }

        var available = Math.Min(_contentLeft, input.Length - consumed);
        if (available == 0 && _contentLeft > 0)
        {
            return RecordReadStatus.NeedMoreData;
        }

        var isFirst = _contentLeft == _header.ContentLength;
        _contentLeft -= available;
        fragment = new RecordFragment(_header, input.Slice(consumed, available), isFirst, isLast: _contentLeft == 0);
        consumed += available;
        if (_contentLeft == 0)
        {
            consumed += SkipPadding(input.Length - consumed);
        }

        return RecordReadStatus.Fragment;
    }

    private int SkipPadding(int available)
    {
        var skipped = Math.Min(_paddingLeft, available);
        _paddingLeft -= skipped;
        return skipped;
    }
}
