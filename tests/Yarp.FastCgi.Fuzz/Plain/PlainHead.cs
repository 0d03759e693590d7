using System.Numerics;
using System.Text;
using System.Text.RegularExpressions;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>A response head, read as text with regular expressions from RFC 3875, section 6, and docs/semantics.md.</summary>
internal sealed partial record PlainHead(
    ResponseHeadError Error,
    int StatusCode,
    string Reason,
    long? ContentLength,
    TransferCoding Coding,
    bool HasLocation,
    bool HasStatus,
    List<(string Name, string Value)> Fields)
{
    /// <summary>The length of the head that an input begins with, its blank line included; -1 when there is no blank line.</summary>
    public static int FindEnd(ReadOnlySpan<byte> input)
    {
        var match = BlankLine().Match(Encoding.Latin1.GetString(input));
        return match.Success ? match.Index + match.Length : -1;
    }

    /// <summary>What the bytes say as a head; what is behind its blank line does not count.</summary>
    /// <param name="head">The head.</param>
    /// <param name="acceptStatusLine">AcceptStatusLine.</param>
    public static PlainHead Parse(ReadOnlySpan<byte> head, bool acceptStatusLine)
    {
        var text = Encoding.Latin1.GetString(head);
        var fields = new List<(string Name, string Value)>();
        if (text.StartsWith("HTTP/", StringComparison.Ordinal))
        {
            if (!acceptStatusLine)
            {
                return Refused(ResponseHeadError.StatusLine);
            }

            // It says what Status would say; blanks at its end are part of the reason.
            var statusLine = StatusLine().Match(text);
            if (!statusLine.Success || Control().IsMatch(statusLine.Groups[1].Value))
            {
                return Refused(ResponseHeadError.InvalidStatus);
            }

            fields.Add(("Status", statusLine.Groups[1].Value));
            text = text[statusLine.Length..];
        }

        while (true)
        {
            var lineFeed = text.IndexOf('\n', StringComparison.Ordinal);
            if (lineFeed < 0)
            {
                return Refused(ResponseHeadError.MissingBlankLine);
            }

            var line = text[..lineFeed];
            text = text[(lineFeed + 1)..];
            line = line.EndsWith('\r') ? line[..^1] : line;
            if (line.Length == 0)
            {
                return Interpret(fields);
            }

            if (line[0] is ' ' or '\t')
            {
                return Refused(ResponseHeadError.FoldedLine);
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0)
            {
                return Refused(ResponseHeadError.MissingColon);
            }

            var name = line[..colon];
            var value = line[(colon + 1)..].Trim(' ', '\t');
            if (!Token().IsMatch(name))
            {
                return Refused(ResponseHeadError.InvalidHeaderName);
            }

            if (Control().IsMatch(value))
            {
                return Refused(ResponseHeadError.InvalidHeaderValue);
            }

            // The first error counts, in the order of the lines.
            fields.Add((name, value));
            if (Interpret(fields) is { Error: not ResponseHeadError.None } refused)
            {
                return refused;
            }
        }
    }

    private static PlainHead Interpret(List<(string Name, string Value)> fields)
    {
        var status = fields.Where(field => Is(field.Name, "Status")).Select(field => field.Value).ToArray();
        var lengths = fields.Where(field => Is(field.Name, "Content-Length")).Select(field => field.Value).ToArray();
        var codings = fields.Where(field => Is(field.Name, "Transfer-Encoding")).Select(field => field.Value).ToArray();
        var hasLocation = fields.Exists(field => Is(field.Name, "Location"));
        if (status.Length > 1)
        {
            return Refused(ResponseHeadError.DuplicateStatus);
        }

        var statusLine = status.Length == 0 ? null : Status().Match(status[0]);
        if (statusLine is { Success: false })
        {
            return Refused(ResponseHeadError.InvalidStatus);
        }

        if (Array.Exists(lengths, length => !Digits().IsMatch(length) || BigInteger.Parse(length, System.Globalization.CultureInfo.InvariantCulture) > long.MaxValue))
        {
            return Refused(ResponseHeadError.InvalidContentLength);
        }

        var numbers = lengths.Select(length => long.Parse(length, System.Globalization.CultureInfo.InvariantCulture)).Distinct().ToArray();
        if (numbers.Length > 1)
        {
            return Refused(ResponseHeadError.ConflictingContentLength);
        }

        var coding = codings.Length == 0 ? TransferCoding.None
            : codings.Length == 1 && Is(codings[0], "chunked") ? TransferCoding.Chunked
            : TransferCoding.Unsupported;
        var firstLength = fields.FindIndex(field => Is(field.Name, "Content-Length"));
        return new PlainHead(
            ResponseHeadError.None,
            statusLine is null ? (hasLocation ? 302 : 200) : int.Parse(statusLine.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture),
            statusLine?.Groups[2].Value ?? "",
            coding == TransferCoding.None && numbers.Length > 0 ? numbers[0] : null,
            coding,
            hasLocation,
            status.Length > 0,
            [.. fields.Where((field, i) => !Is(field.Name, "Status") && !(Is(field.Name, "Content-Length") && i != firstLength))]);
    }

    private static PlainHead Refused(ResponseHeadError error) => new(error, 0, "", null, TransferCoding.None, false, false, []);

    private static bool Is(string name, string other) => name.All(char.IsAscii) && name.Equals(other, StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\A\r?\n|\n\r?\n")]
    private static partial Regex BlankLine();

    [GeneratedRegex(@"\A[!#$%&'*+\-.^_`|~0-9A-Za-z]+\z")]
    private static partial Regex Token();

    [GeneratedRegex(@"[\x00-\x08\x0A-\x1F\x7F]")]
    private static partial Regex Control();

    [GeneratedRegex(@"\A([1-9][0-9]{2})(?: +([^\x00]*))?\z")]
    private static partial Regex Status();

    [GeneratedRegex(@"\AHTTP/[0-9.]* ([1-9][0-9]{2}(?: [^\n]*?)?)\r?\n")]
    private static partial Regex StatusLine();

    [GeneratedRegex(@"\A[0-9]+\z")]
    private static partial Regex Digits();
}
