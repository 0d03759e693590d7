using System.Buffers;
using System.Globalization;
using System.Text;

namespace Yarp.FastCgi.Client.Protocol;

/// <summary>
/// Parses the head of a CGI response: header fields up to and including a blank line (RFC 3875, section 6).
/// Lines end with CRLF or LF, also mixed. What could split or smuggle a response further on is refused.
/// </summary>
internal static class ResponseHeadParser
{
    // RFC 9110, section 5.6.2: token.
    private static readonly SearchValues<byte> TokenBytes =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    // RFC 9110, section 5.5: all control characters but HTAB.
    private static readonly SearchValues<byte> ControlBytes = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000A\u000B\u000C\u000D\u000E\u000F"u8 +
        "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F"u8);

    private static readonly SearchValues<byte> VersionBytes = SearchValues.Create("0123456789."u8);

    private static ReadOnlySpan<byte> StatusLineStart => "HTTP/"u8;

    /// <summary>
    /// Finds the end of the head: the index just behind the blank line, or -1 when it has not arrived. A head may consist of the blank line only.
    /// </summary>
    /// <param name="input">The response from its first byte.</param>
    /// <param name="examined">How many of these bytes earlier calls have searched in vain; they are not searched again.</param>
    public static int FindEnd(ReadOnlySpan<byte> input, int examined)
    {
        if (BlankLineLength(input) is > 0 and var length)
        {
            return length;
        }

        // An LF followed by CR may be the last two bytes of the earlier call.
        var position = Math.Max(0, examined - 2);
        while (true)
        {
            var lineFeed = input[position..].IndexOf((byte)'\n');
            if (lineFeed < 0)
            {
                return -1;
            }

            position += lineFeed + 1;
            var blankLine = BlankLineLength(input[position..]);
            if (blankLine > 0)
            {
                return position + blankLine;
            }
        }
    }

    /// <summary>
    /// Parses a head as delimited by <see cref="FindEnd"/>. The handler is called only when the whole head is sound,
    /// so a refused head leaves no trace in it.
    /// </summary>
    public static ResponseHeadError Parse<THandler>(ReadOnlySpan<byte> head, ref THandler handler, out ResponseHeadInfo info)
        where THandler : struct, IResponseHeaderHandler, allows ref struct
    {
        var error = Validate(head, acceptStatusLine: false, out info);
        if (error == ResponseHeadError.None)
        {
            Report(head, ref handler);
        }

        return error;
    }

    private static int BlankLineLength(ReadOnlySpan<byte> input) => input switch
    {
        [(byte)'\n', ..] => 1,
        [(byte)'\r', (byte)'\n', ..] => 2,
        _ => 0,
    };

    /// <summary>Says what the head means, or what is wrong with it.</summary>
    /// <param name="head">The head as delimited by <see cref="FindEnd"/>.</param>
    /// <param name="acceptStatusLine">Whether it may begin with a status line (RFC 9112, section 4) in place of Status.</param>
    /// <param name="info">What it means.</param>
    public static ResponseHeadError Validate(ReadOnlySpan<byte> head, bool acceptStatusLine, out ResponseHeadInfo info)
    {
        info = default;
        int? status = null;
        ReadOnlySpan<byte> reason = default;
        if (IsStatusLine(head))
        {
            if (!acceptStatusLine)
            {
                return ResponseHeadError.StatusLine;
            }

            if (!TryReadLine(ref head, out var statusLine) || !TryParseStatusLine(statusLine, out var code, out reason))
            {
                return ResponseHeadError.InvalidStatus;
            }

            status = code;
        }

        long? contentLength = null;
        var hasLocation = false;
        var coding = TransferCoding.None;

        while (true)
        {
            if (!TryReadLine(ref head, out var line))
            {
                return ResponseHeadError.MissingBlankLine;
            }

            if (line.IsEmpty)
            {
                break;
            }

            if (line[0] is (byte)' ' or (byte)'\t')
            {
                return ResponseHeadError.FoldedLine;
            }

            if (!TrySplit(line, out var name, out var value))
            {
                return ResponseHeadError.MissingColon;
            }

            if (name.IsEmpty || name.ContainsAnyExcept(TokenBytes))
            {
                return ResponseHeadError.InvalidHeaderName;
            }

            if (value.ContainsAny(ControlBytes))
            {
                return ResponseHeadError.InvalidHeaderValue;
            }

            if (IsStatus(name))
            {
                if (status is not null)
                {
                    return ResponseHeadError.DuplicateStatus;
                }

                if (!TryParseStatus(value, out var code, out reason))
                {
                    return ResponseHeadError.InvalidStatus;
                }

                status = code;
            }
            else if (IsContentLength(name))
            {
                // Signs, blanks and lists are refused by the number style; NUL, which the parser would pass at the end, above.
                if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var length))
                {
                    return ResponseHeadError.InvalidContentLength;
                }

                if (contentLength is not null && contentLength != length)
                {
                    return ResponseHeadError.ConflictingContentLength;
                }

                contentLength = length;
            }
            else if (Ascii.EqualsIgnoreCase(name, "Location"u8))
            {
                hasLocation = true;
            }
            else if (Ascii.EqualsIgnoreCase(name, "Transfer-Encoding"u8))
            {
                // Chunked is the only one, and is never applied twice.
                coding = coding == TransferCoding.None && Ascii.EqualsIgnoreCase(value, "chunked"u8) ? TransferCoding.Chunked : TransferCoding.Unsupported;
            }
        }

        info = new ResponseHeadInfo
        {
            StatusCode = status ?? (hasLocation ? 302 : 200),
            ReasonPhrase = reason,
            ContentLength = coding == TransferCoding.None ? contentLength : null,
            TransferCoding = coding,
            HasLocation = hasLocation,
            HasStatus = status is not null,
        };
        return ResponseHeadError.None;
    }

    /// <summary>Hands out the fields of a head that <see cref="Validate"/> found sound.</summary>
    public static void Report<THandler>(ReadOnlySpan<byte> head, ref THandler handler)
        where THandler : struct, IResponseHeaderHandler, allows ref struct
    {
        if (IsStatusLine(head))
        {
            TryReadLine(ref head, out _);
        }

        var contentLengthReported = false;
        while (TryReadLine(ref head, out var line) && TrySplit(line, out var name, out var value))
        {
            if (IsStatus(name))
            {
                continue;
            }

            if (IsContentLength(name))
            {
                if (contentLengthReported)
                {
                    continue;
                }

                contentLengthReported = true;
            }

            handler.OnHeader(name, value);
        }
    }

    /// <summary>Takes a line off the head, without its end.</summary>
    private static bool TryReadLine(scoped ref ReadOnlySpan<byte> head, out ReadOnlySpan<byte> line)
    {
        var lineFeed = head.IndexOf((byte)'\n');
        if (lineFeed < 0)
        {
            line = default;
            return false;
        }

        line = head[..lineFeed];
        head = head[(lineFeed + 1)..];
        if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        return true;
    }

    private static bool TrySplit(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        var colon = line.IndexOf((byte)':');
        if (colon < 0)
        {
            name = default;
            value = default;
            return false;
        }

        name = line[..colon];
        value = line[(colon + 1)..].Trim(" \t"u8);
        return true;
    }

    /// <summary>A version, a space, and what Status would say.</summary>
    private static bool TryParseStatusLine(ReadOnlySpan<byte> line, out int code, out ReadOnlySpan<byte> reason)
    {
        var space = line.IndexOf((byte)' ');
        if (space < 0 || line[StatusLineStart.Length..space].ContainsAnyExcept(VersionBytes) || line.ContainsAny(ControlBytes))
        {
            code = 0;
            reason = default;
            return false;
        }

        return TryParseStatus(line[(space + 1)..], out code, out reason);
    }

    /// <summary>Exactly three digits, then nothing or a space and a reason (RFC 3875, section 6.3.3).</summary>
    private static bool TryParseStatus(ReadOnlySpan<byte> value, out int code, out ReadOnlySpan<byte> reason)
    {
        code = 0;
        reason = default;
        if (value.Length < 3
            || value[..3].ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || value[0] == (byte)'0'
            || (value.Length > 3 && value[3] != (byte)' '))
        {
            return false;
        }

        code = ((value[0] - '0') * 100) + ((value[1] - '0') * 10) + (value[2] - '0');
        reason = value[3..].TrimStart((byte)' ');
        return true;
    }

    private static bool IsStatusLine(ReadOnlySpan<byte> head) => head.StartsWith(StatusLineStart);

    private static bool IsStatus(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(name, "Status"u8);

    private static bool IsContentLength(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(name, "Content-Length"u8);
}
