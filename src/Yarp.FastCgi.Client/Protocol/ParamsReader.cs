namespace Yarp.FastCgi.Client.Protocol;

/// <summary>
/// Reads name-value pairs (FastCGI 1.0, section 3.4) from the complete content of a PARAMS stream or of a GET_VALUES_RESULT record.
/// </summary>
internal ref struct ParamsReader(ReadOnlySpan<byte> content)
{
    private ReadOnlySpan<byte> _rest = content;

    /// <summary>A length points behind the content. The pairs read before it are sound.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Reads the next pair; false at the end and when the content is malformed.</summary>
    public bool TryRead(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = default;
        value = default;
        if (_rest.IsEmpty)
        {
            return false;
        }

        var pair = _rest;

        // Each length has up to 31 bits: their sum needs more. A malformed pair is not passed, so every further call fails on it again.
        if (!NameValueLength.TryRead(ref pair, out var nameLength)
            || !NameValueLength.TryRead(ref pair, out var valueLength)
            || (long)nameLength + valueLength > pair.Length)
        {
            IsMalformed = true;
            return false;
        }

        name = pair[..nameLength];
        value = pair.Slice(nameLength, valueLength);
        _rest = pair[(nameLength + valueLength)..];
        return true;
    }
}
