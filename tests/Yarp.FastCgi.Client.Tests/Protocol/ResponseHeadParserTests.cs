using System.Text;
using CsCheck;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Protocol;

public class ResponseHeadParserTests
{
    [Theory]
    [InlineData("A: b\n\n")]
    [InlineData("A: b\r\n\r\n")]
    [InlineData("A: b\n\r\n")]
    [InlineData("A: b\r\n\n")]
    [InlineData("A: b\nC: d\r\nE: f\n\r\n")]
    [InlineData("\n")]
    [InlineData("\r\n")]
    public void FindEnd_AnyMixOfLineEnds_IsBehindTheBlankLine(string head)
    {
        Assert.Equal(head.Length, ResponseHeadParser.FindEnd(Latin1(head), 0));
        Assert.Equal(head.Length, ResponseHeadParser.FindEnd(Latin1(head + "\n\nbody\r\n\r\n"), 0));
        for (var length = 0; length < head.Length; length++)
        {
            Assert.Equal(-1, ResponseHeadParser.FindEnd(Latin1(head[..length]), 0));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r")]
    [InlineData("A: b\r\n\r")]
    [InlineData("A: b\n\r")]
    [InlineData("A: b\r\r")]
    [InlineData("A: b\r\n\r\r\n")]
    [InlineData("A: b\r\n \r\n")]
    public void FindEnd_NoBlankLine_IsMinusOne(string head) => Assert.Equal(-1, ResponseHeadParser.FindEnd(Latin1(head), 0));

    [Fact]
    public void FindEnd_Examined_IsNotSearchedAgain()
    {
        var input = Latin1("A: b\n\nbody");

        Assert.Equal(-1, ResponseHeadParser.FindEnd(input, input.Length));
    }

    [Fact]
    public void FindEnd_InRandomPieces_EqualsThePlainSearch() =>
        Gen.Select(HeadGen.Any, Gen.Int[1, 9].Array[1, 6]).Sample((head, pieceLengths) =>
        {
            var expected = PlainFindEnd(head);

            Assert.Equal(expected, ResponseHeadParser.FindEnd(head, 0));
            Assert.Equal(expected, IncrementalFindEnd(head, pieceLengths));
        }, iter: 5000);

    [Fact]
    public void Parse_TypicalHead_ReportsFieldsInOrderWithoutStatus()
    {
        var (error, summary, headers) = Parse("Status: 404 Not Found\r\nContent-type: text/html; charset=UTF-8\r\nSet-Cookie: a=1\nSet-Cookie: b=2\r\nX-Empty:\r\n\r\n");

        Assert.Equal(ResponseHeadError.None, error);
        Assert.Equal(new Summary(404, "Not Found", null, TransferCoding.None, HasLocation: false, HasStatus: true), summary);
        Assert.Equal(
            [("Content-type", "text/html; charset=UTF-8"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Empty", "")],
            headers);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("X-A: b\n\n")]
    [InlineData("Content-Type: text/plain\r\n\r\n")]
    public void Parse_NeitherStatusNorLocation_Is200(string head)
    {
        var (error, summary, headers) = Parse(head);

        Assert.Equal(ResponseHeadError.None, error);
        Assert.Equal(new Summary(200, "", null, TransferCoding.None, HasLocation: false, HasStatus: false), summary);
        Assert.DoesNotContain(headers, header => header.Name != "X-A" && header.Name != "Content-Type");
    }

    [Theory]
    [InlineData("Location: /x\n\n", 302, false)]
    [InlineData("LOCATION:\t/x \n\n", 302, false)]
    [InlineData("Location: /x\r\nStatus: 201 Created\r\n\r\n", 201, true)]
    [InlineData("status:307\r\nlocation: /x\r\n\r\n", 307, true)]
    public void Parse_Location_Is302UnlessStatusSaysOtherwise(string head, int statusCode, bool hasStatus)
    {
        var (error, summary, headers) = Parse(head);

        Assert.Equal(ResponseHeadError.None, error);
        Assert.Equal(statusCode, summary.StatusCode);
        Assert.Equal(hasStatus, summary.HasStatus);
        Assert.True(summary.HasLocation);
        Assert.Equal("/x", Assert.Single(headers).Value);
    }

    [Theory]
    [InlineData("404", 404, "")]
    [InlineData("404 ", 404, "")]
    [InlineData("404 Not Found", 404, "Not Found")]
    [InlineData("  \t404  Not  Found \t", 404, "Not  Found")]
    [InlineData("100", 100, "")]
    [InlineData("999 x", 999, "x")]
    [InlineData("200 \u00E9", 200, "\u00E9")]
    public void Parse_Status_GivesCodeAndReason(string value, int statusCode, string reason)
    {
        var (error, summary, headers) = Parse($"sTATUS:{value}\n\n");

        Assert.Equal(ResponseHeadError.None, error);
        Assert.Equal((statusCode, reason), (summary.StatusCode, summary.ReasonPhrase));
        Assert.Empty(headers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("99")]
    [InlineData("099")]
    [InlineData("000")]
    [InlineData("1000")]
    [InlineData("2000 OK")]
    [InlineData("-20")]
    [InlineData("+200")]
    [InlineData("20x")]
    [InlineData("200OK")]
    [InlineData("200\tOK")]
    [InlineData("200,")]
    [InlineData("HTTP/1.1 200 OK")]
    [InlineData("\u00B2\u00B2\u00B2")]
    public void Parse_StatusNotThreeDigits_IsRefused(string value) => AssertRefused($"Status: {value}\r\n\r\n", ResponseHeadError.InvalidStatus);

    [Theory]
    [InlineData("Status: 200\nStatus: 200\n\n", ResponseHeadError.DuplicateStatus)]
    [InlineData("Status: 200\nX-A: b\nstatus: 404\n\n", ResponseHeadError.DuplicateStatus)]
    [InlineData("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", ResponseHeadError.StatusLine)]
    [InlineData("HTTP/1.0 404 a:b\r\n\r\n", ResponseHeadError.StatusLine)]
    [InlineData("A: b\r\nHTTP/1.1 200 OK\r\n\r\n", ResponseHeadError.MissingColon)]
    [InlineData("A: b\r\n folded\r\n\r\n", ResponseHeadError.FoldedLine)]
    [InlineData("A: b\r\n\tfolded: x\r\n\r\n", ResponseHeadError.FoldedLine)]
    [InlineData(" A: b\r\n\r\n", ResponseHeadError.FoldedLine)]
    [InlineData("A: b\r\n \r\n\r\n", ResponseHeadError.FoldedLine)]
    [InlineData("no colon\r\n\r\n", ResponseHeadError.MissingColon)]
    [InlineData("A: b\r\n\r\r\n\r\n", ResponseHeadError.MissingColon)]
    [InlineData(": b\r\n\r\n", ResponseHeadError.InvalidHeaderName)]
    [InlineData("A : b\r\n\r\n", ResponseHeadError.InvalidHeaderName)]
    [InlineData("A\t: b\r\n\r\n", ResponseHeadError.InvalidHeaderName)]
    [InlineData("A B: c\r\n\r\n", ResponseHeadError.InvalidHeaderName)]
    [InlineData("A(B): c\r\n\r\n", ResponseHeadError.InvalidHeaderName)]
    [InlineData("A\0: c\r\n\r\n", ResponseHeadError.InvalidHeaderName)]
    [InlineData("A\r: c\r\n\r\n", ResponseHeadError.InvalidHeaderName)]
    [InlineData("\u00E9: c\r\n\r\n", ResponseHeadError.InvalidHeaderName)]
    [InlineData("A: b\rC: d\r\n\r\n", ResponseHeadError.InvalidHeaderValue)]
    [InlineData("A: b\r\r\n\r\n", ResponseHeadError.InvalidHeaderValue)]
    [InlineData("A: b\0\r\n\r\n", ResponseHeadError.InvalidHeaderValue)]
    [InlineData("A: \u001Bb\r\n\r\n", ResponseHeadError.InvalidHeaderValue)]
    [InlineData("A: b\u007F\r\n\r\n", ResponseHeadError.InvalidHeaderValue)]
    [InlineData("Content-Length: 5\0\r\n\r\n", ResponseHeadError.InvalidHeaderValue)]
    [InlineData("Content-Length: 5\r\nContent-Length: 6\r\n\r\n", ResponseHeadError.ConflictingContentLength)]
    [InlineData("", ResponseHeadError.MissingBlankLine)]
    [InlineData("A: b", ResponseHeadError.MissingBlankLine)]
    [InlineData("A: b\r\n", ResponseHeadError.MissingBlankLine)]
    [InlineData("A: b\r\n\r", ResponseHeadError.MissingBlankLine)]
    public void Parse_UnsoundHead_IsRefusedWithItsCause(string head, object error) => AssertRefused(head, (ResponseHeadError)error);

    [Theory]
    [InlineData("HTTP/1.1 404 Not Found\r\nA: b\r\n\r\n", 404, "Not Found")]
    [InlineData("HTTP/1.0 200\nA: b\n\n", 200, "")]
    [InlineData("HTTP/2 103 a:b\r\nA: b\r\n\r\n", 103, "a:b")]
    public void Validate_StatusLineIsAccepted_IsTheStatusAndNoField(string head, int statusCode, string reason)
    {
        var handler = new HeaderCollector();

        Assert.Equal(ResponseHeadError.None, ResponseHeadParser.Validate(Latin1(head), acceptStatusLine: true, out var info));
        ResponseHeadParser.Report(Latin1(head), ref handler);

        Assert.Equal((statusCode, reason, true), (info.StatusCode, Encoding.Latin1.GetString(info.ReasonPhrase), info.HasStatus));
        Assert.Equal([("A", "b")], handler.Headers);
    }

    [Theory]
    [InlineData("HTTP/1.1\r\n\r\n", ResponseHeadError.InvalidStatus)]
    [InlineData("HTTP/1.1 99\r\n\r\n", ResponseHeadError.InvalidStatus)]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n", ResponseHeadError.InvalidStatus)]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n", ResponseHeadError.InvalidStatus)]
    [InlineData("HTTP/x 200 OK\r\n\r\n", ResponseHeadError.InvalidStatus)]
    [InlineData("HTTP/1.1 200 O\u0001K\r\n\r\n", ResponseHeadError.InvalidStatus)]
    [InlineData("HTTP/1.1 200 OK\r\nStatus: 200\r\n\r\n", ResponseHeadError.DuplicateStatus)]
    [InlineData("A: b\r\nHTTP/1.1 200 OK\r\n\r\n", ResponseHeadError.MissingColon)]
    public void Validate_StatusLineThatIsNone_IsRefused(string head, object error)
        => Assert.Equal((ResponseHeadError)error, ResponseHeadParser.Validate(Latin1(head), acceptStatusLine: true, out _));

    [Fact]
    public void Parse_EveryControlCharacterInAValue_IsRefusedButTab()
    {
        for (var code = 0; code < 256; code++)
        {
            var character = (char)code;
            if (character is '\n')
            {
                continue;
            }

            var (error, _, _) = Parse($"A: b{character}c\n\n");

            Assert.Equal(character is '\t' or (>= ' ' and not '\u007F') ? ResponseHeadError.None : ResponseHeadError.InvalidHeaderValue, error);
        }
    }

    [Fact]
    public void Parse_EveryByteInAName_IsRefusedUnlessTokenCharacter()
    {
        for (var code = 0; code < 256; code++)
        {
            var character = (char)code;
            if (character is '\n' or ':')
            {
                continue;
            }

            var (error, _, _) = Parse($"a{character}b: c\n\n");

            var isToken = char.IsAsciiLetterOrDigit(character) || "!#$%&'*+-.^_`|~".Contains(character, StringComparison.Ordinal);
            Assert.Equal(isToken ? ResponseHeadError.None : ResponseHeadError.InvalidHeaderName, error);
        }
    }

    [Theory]
    [InlineData("0", 0L)]
    [InlineData("5", 5L)]
    [InlineData("0005", 5L)]
    [InlineData(" \t5 ", 5L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    public void Parse_ContentLength_IsANumberOfBytes(string value, long contentLength)
    {
        var (error, summary, headers) = Parse($"content-length:{value}\r\n\r\n");

        Assert.Equal(ResponseHeadError.None, error);
        Assert.Equal(contentLength, summary.ContentLength);
        Assert.Equal(value.Trim(), Assert.Single(headers).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.0")]
    [InlineData("0x10")]
    [InlineData("1 2")]
    [InlineData("5, 5")]
    [InlineData("5,")]
    [InlineData("abc")]
    [InlineData("\u00B2")]
    [InlineData("9223372036854775808")]
    [InlineData("18446744073709551621")]
    [InlineData("99999999999999999999999999")]
    public void Parse_ContentLengthNotANumber_IsRefused(string value) =>
        AssertRefused($"Content-Length: {value}\r\n\r\n", ResponseHeadError.InvalidContentLength);

    [Fact]
    public void Parse_EqualContentLengths_AreReportedOnce()
    {
        var (error, summary, headers) = Parse("Content-Length: 5\r\nX-A: b\r\nCONTENT-LENGTH: 05\r\n\r\n");

        Assert.Equal(ResponseHeadError.None, error);
        Assert.Equal(5, summary.ContentLength);
        Assert.Equal([("Content-Length", "5"), ("X-A", "b")], headers);
    }

    [Theory]
    [InlineData("transfer-encoding: chunked\n", true)]
    [InlineData("Transfer-Encoding: Chunked\n", true)]
    [InlineData("Transfer-Encoding: chunked\nContent-Length: 5\n", true)]
    [InlineData("Content-Length: 5\nTransfer-Encoding: chunked\n", true)]
    [InlineData("Transfer-Encoding: gzip\n", false)]
    [InlineData("Transfer-Encoding: identity\n", false)]
    [InlineData("Transfer-Encoding: gzip, chunked\n", false)]
    [InlineData("Transfer-Encoding: chunked, chunked\n", false)]
    [InlineData("Transfer-Encoding: chunked\nTransfer-Encoding: chunked\n", false)]
    [InlineData("Transfer-Encoding: chunked;q=1\n", false)]
    [InlineData("Transfer-Encoding:\n", false)]
    public void Parse_TransferEncoding_IsChunkedOrUnsupportedAndOverridesTheLength(string fields, bool isChunked)
    {
        var (error, summary, _) = Parse(fields + "\n");

        Assert.Equal(ResponseHeadError.None, error);
        Assert.Equal(isChunked ? TransferCoding.Chunked : TransferCoding.Unsupported, summary.TransferCoding);
        Assert.Null(summary.ContentLength);
    }

    [Fact]
    public void Parse_HighBytesAndInnerBlanks_AreKept()
    {
        var (error, _, headers) = Parse("A:\t \u00E9 \t x:y\u00FF \t\r\n\r\n");

        Assert.Equal(ResponseHeadError.None, error);
        Assert.Equal([("A", "\u00E9 \t x:y\u00FF")], headers);
    }

    [Fact]
    public void Parse_BytesBehindTheBlankLine_AreNotRead()
    {
        var (error, _, headers) = Parse("A: b\n\nC: d\n\n");

        Assert.Equal(ResponseHeadError.None, error);
        Assert.Equal([("A", "b")], headers);
    }

    [Fact]
    public void Parse_RandomHeads_GivesOnlySoundFields() =>
        Gen.OneOf(HeadGen.Any, Gen.Byte.Array[0, 200]).Sample(bytes =>
        {
            var (error, summary, headers) = Parse(Encoding.Latin1.GetString(bytes));

            if (error != ResponseHeadError.None)
            {
                Assert.Empty(headers);
                return;
            }

            Assert.NotEqual(-1, ResponseHeadParser.FindEnd(bytes, 0));
            Assert.InRange(summary.StatusCode, 100, 999);
            Assert.True(summary.ContentLength is null or >= 0);
            Assert.All(headers, header =>
            {
                Assert.DoesNotContain(header.Name, character => character is <= ' ' or >= '\u007F' or ':');
                Assert.DoesNotContain(header.Value, character => character is (< ' ' and not '\t') or '\u007F');
                Assert.NotEqual("status", header.Name, StringComparer.OrdinalIgnoreCase);
                Assert.Equal(header.Value.Trim(' ', '\t'), header.Value);
            });
        }, iter: 5000);

    [Fact]
    public void Describe_EveryError_HasItsOwnText()
    {
        var texts = Enum.GetValues<ResponseHeadError>().Select(error => error.Describe()).ToList();

        Assert.Equal(texts.Count, texts.Distinct().Count());
    }

    private static void AssertRefused(string head, ResponseHeadError expected)
    {
        var (error, _, headers) = Parse("X-First: 1\r\n" + head);
        if (expected == ResponseHeadError.StatusLine)
        {
            (error, _, headers) = Parse(head);
        }

        Assert.Equal(expected, error);
        Assert.Empty(headers);
    }

    private static (ResponseHeadError Error, Summary Summary, List<(string Name, string Value)> Headers) Parse(string head)
    {
        var handler = new HeaderCollector();
        var error = ResponseHeadParser.Parse(Latin1(head), ref handler, out var info);
        var summary = new Summary(
            info.StatusCode,
            Encoding.Latin1.GetString(info.ReasonPhrase),
            info.ContentLength,
            info.TransferCoding,
            info.HasLocation,
            info.HasStatus);
        return (error, summary, handler.Headers);
    }

    private static int IncrementalFindEnd(byte[] head, int[] pieceLengths)
    {
        var examined = 0;
        for (var i = 0; examined < head.Length; i++)
        {
            var received = Math.Min(head.Length, examined + pieceLengths[i % pieceLengths.Length]);
            var end = ResponseHeadParser.FindEnd(head.AsSpan(0, received), examined);
            if (end >= 0)
            {
                return end;
            }

            examined = received;
        }

        return -1;
    }

    private static int PlainFindEnd(byte[] head)
    {
        for (var length = 1; length <= head.Length; length++)
        {
            var lines = Encoding.Latin1.GetString(head, 0, length).Replace("\r\n", "\n", StringComparison.Ordinal);
            if (lines == "\n" || lines.EndsWith("\n\n", StringComparison.Ordinal))
            {
                return length;
            }
        }

        return -1;
    }

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    private sealed record Summary(int StatusCode, string ReasonPhrase, long? ContentLength, TransferCoding TransferCoding, bool HasLocation, bool HasStatus);
}
