using System.Globalization;
using System.Text;
using Yarp.FastCgi.Testing;
using static Yarp.FastCgi.FunctionalTests.Differential.ResponseShape;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>The catalogue: every form of a response that the specifications, applications or their faults bring about.</summary>
internal static class ResponseShapes
{
    private static readonly byte[] Good = Wire.Stdout("X-A: 1\r\n\r\nbody");

    public static IReadOnlyList<ResponseShape> All { get; } =
    [
        .. StatusLines(), .. Statuses(), .. Locations(), .. LineEnds(), .. Splits(), .. Stderr(), .. Records(), .. Lengths(), .. Bodiless(),
        .. Repeated(), .. BadHeads(), .. OddHeads(), .. LongHeads(), .. Ends(), .. Codings(), .. HopByHop(), .. PassedFields(), .. Informational(), .. Violations(),
    ];

    private static readonly Dictionary<string, ResponseShape> ByName = All.ToDictionary(shape => shape.Name);

    public static ResponseShape Get(string name) => ByName[name];

    private static IEnumerable<ResponseShape> StatusLines() =>
    [
        Output("Status: code alone", "Status: 404\r\n\r\nbody"),
        Output("Status: usual reason", "Status: 404 Not Found\r\n\r\nbody"),
        Output("Status: reason of its own", "Status: 404 Gone Fishing\r\n\r\nbody"),
        Output("Status: reason for 200", "Status: 200 Fine\r\n\r\nbody"),
        Output("Status: name in lower case", "status: 201 Made\r\n\r\nbody"),
        Output("Status: no blank", "Status:404 Not Found\r\n\r\nbody"),
        Output("Status: two blanks", "Status: 404  Not Found\r\n\r\nbody"),
        Output("Status: tab in front", "Status:\t404 Not Found\r\n\r\nbody"),
        Output("Status: tab behind the code", "Status: 404\tNot Found\r\n\r\nbody"),
        Output("Status: blank behind the code", "Status: 404 \r\n\r\nbody"),
        Output("Status: blank behind the reason", "Status: 404 Not Found \r\n\r\nbody"),
        Output("Status: last of the fields", "X-A: 1\r\nStatus: 404 Not Found\r\n\r\nbody"),
        Output("Status: none", "Content-Type: text/plain\r\n\r\nbody"),
        Output("Status: none, no field at all", "\r\nbody"),
        Output("Status: empty", "Status:\r\n\r\nbody"),
        Output("Status: no number", "Status: abc\r\n\r\nbody"),
        Output("Status: letters behind the code", "Status: 200OK\r\n\r\nbody"),
        Output("Status: negative", "Status: -200\r\n\r\nbody"),
        Output("Status: two digits", "Status: 99\r\n\r\nbody"),
        Output("Status: leading zero", "Status: 099\r\n\r\nbody"),
        Output("Status: four digits", "Status: 1000\r\n\r\nbody"),
        Output("Status: 600", "Status: 600 Beyond\r\n\r\nbody"),
        Output("Status: 999", "Status: 999 Beyond\r\n\r\nbody"),
        Output("Status: reason beyond ASCII", "Status: 404 Nicht gef\u00FCnden\r\n\r\nbody"),
        Output("Status: twice, equal", "Status: 404 Not Found\r\nStatus: 404 Not Found\r\n\r\nbody"),
        Output("Status: twice, different", "Status: 200 OK\r\nStatus: 404 Not Found\r\n\r\nbody"),
        Output("Status: as a status line", "HTTP/1.1 404 Not Found\r\nX-A: 1\r\n\r\nbody"),
    ];

    private static IEnumerable<ResponseShape> Statuses()
    {
        int[] statuses =
        [
            200, 201, 202, 203, 206, 207, 226, 300, 301, 302, 303, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415,
            416, 417, 418, 421, 422, 423, 424, 425, 426, 428, 429, 431, 444, 451, 494, 499, 500, 501, 502, 503, 504, 505, 507, 511, 599,
        ];
        return statuses.Select(status => Output($"{status}: passed", $"Status: {status} Said So\r\nContent-Type: text/plain\r\n\r\nbody of {status}"));
    }

    private static IEnumerable<ResponseShape> Locations() =>
    [
        Output("Location: URL, no Status", "Location: http://elsewhere.example/x\r\n\r\n"),
        Output("Location: URL, no Status, body", "Location: http://elsewhere.example/x\r\nContent-Type: text/plain\r\n\r\nmoved"),
        new("Location: path, no Status", async (connection, request, _) =>
        {
            await connection.SendStdoutAsync(request["REDIRECT_URL"] is { } from ? $"Content-Type: text/plain\r\n\r\nin place of {from}" : "Location: /other\r\n\r\n");
            await connection.EndRequestAsync();
        }),
        Output("Location: path, no Status, body", "Location: /other\r\nContent-Type: text/plain\r\n\r\nmoved"),
        Output("Location: relative, no Status", "Location: other\r\n\r\n"),
        Output("Location: path, Status 301", "Status: 301 Moved Permanently\r\nLocation: /other\r\n\r\n"),
        Output("Location: path, Status 302", "Status: 302 Found\r\nLocation: /other\r\n\r\n"),
        Output("Location: path, Status 200", "Status: 200 OK\r\nLocation: /other\r\n\r\nbody"),
        Output("Location: path, Status 201", "Status: 201 Created\r\nLocation: /other\r\n\r\nbody"),
        Output("Location: path, Status 404", "Status: 404 Not Found\r\nLocation: /other\r\n\r\nbody"),
        Output("Location: Status behind it", "Location: http://elsewhere.example/x\r\nStatus: 303 See Other\r\n\r\n"),
        Output("Location: empty", "Location:\r\n\r\nbody"),
        Output("Location: bytes beyond ASCII", "Status: 302 Found\r\nLocation: /caf\u00E9\r\n\r\n"),
    ];

    private static IEnumerable<ResponseShape> LineEnds() =>
    [
        Output("lines: LF", "Status: 201 Created\nX-A: 1\n\nbody"),
        Output("lines: CRLF", "Status: 201 Created\r\nX-A: 1\r\n\r\nbody"),
        Output("lines: CRLF, blank line LF", "Status: 201 Created\r\nX-A: 1\r\n\nbody"),
        Output("lines: LF, blank line CRLF", "Status: 201 Created\nX-A: 1\n\r\nbody"),
        Output("lines: mixed", "Status: 201 Created\nX-A: 1\r\nX-B: 2\n\r\nbody"),
        Output("lines: LF alone", "\nbody"),
        Output("lines: body begins with a line end", "X-A: 1\r\n\r\n\r\n\nbody"),
        Output("lines: CR alone", "X-A: 1\rX-B: 2\r\r\n\r\nbody"),
        Output("lines: two CR in front of LF", "X-A: 1\r\r\nX-B: 2\r\n\r\nbody"),
    ];

    private static IEnumerable<ResponseShape> Splits()
    {
        (string Name, string Output)[] heads =
        [
            ("CRLF", "Status: 203 Mine\r\nX-A: 1\r\n\r\nbody"),
            ("LF", "Status: 203 Mine\nX-A: 1\n\nbody"),
            ("mixed", "X-A: 1\n\r\nbody"),
        ];
        foreach (var (name, output) in heads)
        {
            for (var cut = 1; cut < output.Length; cut++)
            {
                yield return ResponseShape.Records($"records: {name} cut at {cut}", Wire.Stdout(output[..cut]), Wire.Stdout(output[cut..]), Wire.EndRequest());
                yield return InTwoSends($"sends: {name} cut at {cut}", Wire.Join(Wire.Stdout(output), Wire.EndRequest()), 8 + cut);
            }

            yield return ResponseShape.Records($"records: {name} byte by byte", [.. output.Select((c, i) => Wire.Stdout(c.ToString(), (byte)i)), Wire.EndRequest()]);
        }

        var wire = Wire.Join(Wire.Stdout("X-A: 1\r\n\r\nbody", 3), Wire.EndRequest(padding: 5));
        for (var cut = 1; cut < 8; cut++)
        {
            yield return InTwoSends($"sends: record header cut at {cut}", wire, cut);
            yield return InTwoSends($"sends: END_REQUEST cut at {cut * 2}", wire, 8 + 14 + 3 + (cut * 2));
        }

        static ResponseShape InTwoSends(string name, byte[] wire, int cut) => new(name, async (connection, _, _) =>
        {
            await connection.SendRawAsync(wire.AsMemory(0, cut));
            await Task.Yield();
            await connection.SendRawAsync(wire.AsMemory(cut));
        });
    }

    private static IEnumerable<ResponseShape> Stderr() =>
    [
        ResponseShape.Records("STDERR: before the head", Wire.Stderr("a warning\n"), Good, Wire.EndRequest()),
        ResponseShape.Records("STDERR: inside the head", Wire.Stdout("X-A: 1\r"), Wire.Stderr("a warning\n"), Wire.Stdout("\nX-B: 2\r\n\r\nbody"), Wire.EndRequest()),
        ResponseShape.Records("STDERR: inside the body", Wire.Stdout("X-A: 1\r\n\r\nbo"), Wire.Stderr("a warning\n"), Wire.Stdout("dy"), Wire.EndRequest()),
        ResponseShape.Records("STDERR: behind the body", Good, Wire.Stderr("a warning\n"), Wire.EndRequest()),
        ResponseShape.Records("STDERR: behind the end of STDOUT", Good, Wire.Stdout(""), Wire.Stderr("a warning\n"), Wire.EndRequest()),
        ResponseShape.Records("STDERR: both ends", Wire.Stderr(""), Good, Wire.Stdout(""), Wire.Stderr(""), Wire.EndRequest()),
        ResponseShape.Records("STDERR: control characters", Wire.Stderr("a\0b\u001b[31m\r\nc"), Good, Wire.EndRequest()),
        ResponseShape.Records("STDERR: 64 KB before the head", Wire.Stderr(new string('e', 65000)), Good, Wire.EndRequest()),
        ResponseShape.Records("STDERR: looks like a head", Wire.Stderr("Status: 404\r\n\r\n"), Good, Wire.EndRequest()),
        ResponseShape.Records("STDERR: nothing else", Wire.Stderr("Fatal error\n"), Wire.EndRequest(appStatus: 1)),
    ];

    private static IEnumerable<ResponseShape> Records()
    {
        foreach (byte padding in new byte[] { 0, 1, 7, 8, 255 })
        {
            yield return ResponseShape.Records(
                $"padding: {padding}",
                Wire.Stderr("e", padding),
                Wire.Stdout("X-A: 1\r\n", padding),
                Wire.Stdout("\r\nbo", padding),
                Wire.Stdout("dy", padding),
                Wire.Stdout("", padding),
                Wire.EndRequest(padding: padding));
        }

        yield return ResponseShape.Records("body: none", Wire.Stdout("X-A: 1\r\n\r\n"), Wire.EndRequest());
        yield return ResponseShape.Records("body: none, STDOUT ended", Wire.Stdout("X-A: 1\r\n\r\n"), Wire.Stdout(""), Wire.EndRequest());
        yield return ResponseShape.Records("body: in a record of its own", Wire.Stdout("X-A: 1\r\n\r\n"), Wire.Stdout("body"), Wire.EndRequest());
        yield return ResponseShape.Records("body: STDOUT ended", Good, Wire.Stdout(""), Wire.EndRequest());
        yield return ResponseShape.Records("body: 300 records of one byte", [Wire.Stdout("X-A: 1\r\n\r\n"), .. Enumerable.Range(0, 300).Select(i => Wire.Stdout($"{i % 10}", (byte)i)), Wire.EndRequest()]);
        yield return ResponseShape.Records("body: every byte value", Wire.Record(WireRecordType.Stdout, [.. "X-A: 1\r\n\r\n"u8, .. Enumerable.Range(0, 256).Select(i => (byte)i)]), Wire.EndRequest());
        yield return ResponseShape.Records("body: record of 65535 bytes, padding 255", Wire.Stdout("X-A: 1\r\n\r\n"), Wire.Stdout(new string('b', 65535), 255), Wire.EndRequest());
        yield return Output("body: 1 MiB", "X-A: 1\r\n\r\n" + Long(1 << 20));
        yield return Output("body: 1 MiB announced", $"Content-Length: {1 << 20}\r\n\r\n" + Long(1 << 20));
        yield return ResponseShape.Records("app status: 1", Good, Wire.EndRequest(appStatus: 1));
        yield return ResponseShape.Records("app status: 4294967295", Good, Wire.EndRequest(appStatus: uint.MaxValue));
        yield return ResponseShape.Records("END_REQUEST: without the end of STDOUT", Good, Wire.EndRequest());
        yield return ResponseShape.Records("END_REQUEST: longer than 8 bytes", Good, Wire.Record(WireRecordType.EndRequest, new byte[20], 4));
        yield return ResponseShape.Records("END_REQUEST: shorter than 8 bytes", Good, Wire.Record(WireRecordType.EndRequest, new byte[7]));
        yield return ResponseShape.Records("behind END_REQUEST: another reply", Good, Wire.EndRequest(), Good, Wire.EndRequest());
        yield return ResponseShape.Records("behind END_REQUEST: garbage", Good, Wire.EndRequest(), [1, 2, 3, 4, 5]);
        yield return ResponseShape.Records("behind the end of STDOUT: more STDOUT", Good, Wire.Stdout(""), Wire.Stdout("late"), Wire.EndRequest());
    }

    private static IEnumerable<ResponseShape> Lengths() =>
    [
        Output("Content-Length: right", "Content-Length: 4\r\n\r\nbody"),
        Output("Content-Length: 0", "Content-Length: 0\r\n\r\n"),
        Output("Content-Length: 0, body", "Content-Length: 0\r\n\r\nbody"),
        Output("Content-Length: body longer", "Content-Length: 4\r\n\r\nbody and more"),
        ResponseShape.Records("Content-Length: body longer, in the next record", Wire.Stdout("Content-Length: 4\r\n\r\nbody"), Wire.Stdout("and more"), Wire.EndRequest()),
        Output("Content-Length: body shorter", "Content-Length: 100\r\n\r\nshort"),
        Output("Content-Length: no body", "Content-Length: 100\r\n\r\n"),
        Output("Content-Length: twice, equal", "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody"),
        Output("Content-Length: twice, different", "Content-Length: 4\r\nContent-Length: 3\r\n\r\nbody"),
        Output("Content-Length: list", "Content-Length: 4, 4\r\n\r\nbody"),
        Output("Content-Length: empty", "Content-Length:\r\n\r\nbody"),
        Output("Content-Length: no number", "Content-Length: abc\r\n\r\nbody"),
        Output("Content-Length: negative", "Content-Length: -4\r\n\r\nbody"),
        Output("Content-Length: plus sign", "Content-Length: +4\r\n\r\nbody"),
        Output("Content-Length: hexadecimal", "Content-Length: 0x4\r\n\r\nbody"),
        Output("Content-Length: leading zeros", "Content-Length: 0004\r\n\r\nbody"),
        Output("Content-Length: blanks around it", "Content-Length:   4  \r\n\r\nbody"),
        Output("Content-Length: letters behind it", "Content-Length: 4 bytes\r\n\r\nbody"),
        Output("Content-Length: beyond 64 bits", "Content-Length: 99999999999999999999\r\n\r\nbody"),
    ];

    private static IEnumerable<ResponseShape> Bodiless()
    {
        yield return Output("HEAD: body, no length", "X-A: 1\r\n\r\nbody", "HEAD");
        yield return Output("HEAD: body and length", "Content-Length: 4\r\n\r\nbody", "HEAD");
        yield return Output("HEAD: length alone", "Content-Length: 1000\r\n\r\n", "HEAD");
        yield return Output("HEAD: neither", "X-A: 1\r\n\r\n", "HEAD");
        yield return Output("HEAD: length 0", "Content-Length: 0\r\n\r\n", "HEAD");
        yield return Output("HEAD: body longer than the length", "Content-Length: 4\r\n\r\nbody and more", "HEAD");
        yield return Output("HEAD: 404 with body", "Status: 404 Not Found\r\n\r\nbody", "HEAD");
        yield return Output("HEAD: 1 MiB", "X-A: 1\r\n\r\n" + Long(1 << 20), "HEAD");
        yield return Output("HEAD: bad head", "no colon\r\n\r\n", "HEAD");
        yield return Output("HEAD: no output", "", "HEAD");
        yield return Output("HEAD: chunked", "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", "HEAD");
        foreach (var status in new[] { "204 No Content", "205 Reset Content", "304 Not Modified" })
        {
            var code = status[..3];
            yield return Output($"{code}: nothing", $"Status: {status}\r\nETag: \"7\"\r\n\r\n");
            yield return Output($"{code}: length 0", $"Status: {status}\r\nContent-Length: 0\r\n\r\n");
            yield return Output($"{code}: length", $"Status: {status}\r\nContent-Length: 1000\r\n\r\n");
            yield return Output($"{code}: body", $"Status: {status}\r\nContent-Type: text/plain\r\n\r\nbody");
            yield return Output($"{code}: body and length", $"Status: {status}\r\nContent-Length: 4\r\n\r\nbody");
            yield return Output($"{code}: to HEAD", $"Status: {status}\r\nX-A: 1\r\n\r\n", "HEAD");
        }
    }

    private static IEnumerable<ResponseShape> Repeated()
    {
        yield return Output("repeated: 30 Set-Cookie", string.Concat(Enumerable.Range(0, 30).Select(i => $"Set-Cookie: c{i}=v{i}; Path=/\r\n")) + "\r\nbody");
        yield return Output("repeated: Set-Cookie, equal", "Set-Cookie: a=1\r\nSet-Cookie: a=1\r\n\r\nbody");
        yield return Output("repeated: names in other case", "X-A: 1\r\nx-a: 2\r\nX-B: 3\r\nX-a: 4\r\n\r\nbody");
        (string Name, string First, string Second)[] fields =
        [
            ("Accept-Ranges", "bytes", "none"),
            ("Age", "1", "2"),
            ("Cache-Control", "no-cache", "no-store"),
            ("Content-Disposition", "inline", "attachment"),
            ("Content-Encoding", "gzip", "br"),
            ("Content-Language", "de", "en"),
            ("Content-Type", "text/plain", "text/html"),
            ("Date", "Wed, 21 Oct 2015 07:28:00 GMT", "Thu, 22 Oct 2015 07:28:00 GMT"),
            ("ETag", "\"1\"", "\"2\""),
            ("Expires", "0", "-1"),
            ("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT", "Thu, 22 Oct 2015 07:28:00 GMT"),
            ("Link", "</a>; rel=preload", "</b>; rel=preload"),
            ("Location", "http://a.example/", "http://b.example/"),
            ("Pragma", "no-cache", "x"),
            ("Retry-After", "1", "2"),
            ("Server", "one", "two"),
            ("Strict-Transport-Security", "max-age=1", "max-age=2"),
            ("Vary", "Accept", "Cookie"),
            ("WWW-Authenticate", "Basic realm=\"a\"", "Bearer"),
            ("X-Powered-By", "one", "two"),
        ];
        foreach (var (name, first, second) in fields)
        {
            yield return Output($"repeated: {name}", $"Status: 200 OK\r\n{name}: {first}\r\n{name}: {second}\r\n\r\nbody");
        }
    }

    private static IEnumerable<ResponseShape> BadHeads()
    {
        yield return Output("bad head: no colon", "X-A: 1\r\nno colon\r\n\r\nbody");
        yield return Output("bad head: only text", "Warning: something\nin line 1 of text\n\nbody");
        yield return Output("bad head: folded line", "X-A: 1\r\n folded\r\n\r\nbody");
        yield return Output("bad head: folded with a tab", "X-A: 1\r\n\tfolded\r\n\r\nbody");
        yield return Output("bad head: blank before the first field", " X-A: 1\r\n\r\nbody");
        yield return Output("bad head: blank in the name", "X A: 1\r\n\r\nbody");
        yield return Output("bad head: blank before the colon", "X-A : 1\r\n\r\nbody");
        yield return Output("bad head: tab before the colon", "X-A\t: 1\r\n\r\nbody");
        yield return Output("bad head: no name", ": 1\r\nX-A: 1\r\n\r\nbody");
        yield return Output("bad head: name beyond ASCII", "X-\u00C4: 1\r\n\r\nbody");
        foreach (var c in "\"(),/;<=>?@[\\]{}")
        {
            yield return Output($"bad head: separator {c} in the name", $"X{c}A: 1\r\n\r\nbody");
        }

        foreach (var (name, text) in new[] { ("NUL", "\0"), ("control character", "\u0001"), ("ESC", "\u001b"), ("DEL", "\u007f"), ("form feed", "\f") })
        {
            yield return Output($"bad head: {name} in the name", $"X{text}A: 1\r\n\r\nbody");
            yield return Output($"bad head: {name} in the value", $"X-A: 1{text}2\r\n\r\nbody");
        }
    }

    private static IEnumerable<ResponseShape> OddHeads() =>
    [
        Output("odd field: empty value", "X-A:\r\nX-B: \r\n\r\nbody"),
        Output("odd field: blanks around the value", "X-A:   1\t \r\n\r\nbody"),
        Output("odd field: no blank", "X-A:1\r\n\r\nbody"),
        Output("odd field: colons in the value", "X-A: a:b: c\r\n\r\nbody"),
        Output("odd field: tab in the value", "X-A: a\tb\r\n\r\nbody"),
        Output("odd field: Latin-1 in the value", "X-A: caf\u00E9\r\n\r\nbody"),
        Output("odd field: UTF-8 in the value", "X-A: caf\u00C3\u00A9\r\n\r\nbody"),
        Output("odd field: underscore in the name", "X_A: 1\r\n\r\nbody"),
        Output("odd field: dot in the name", "X.A: 1\r\n\r\nbody"),
        Output("odd field: every other character of a token in the name", "X!#$%&'*+-^`|~9: 1\r\n\r\nbody"),
        Output("odd field: digits as the name", "123: 1\r\n\r\nbody"),
        Output("odd field: name of 200 characters", $"{new string('N', 200)}: 1\r\n\r\nbody"),
    ];

    private static IEnumerable<ResponseShape> LongHeads()
    {
        foreach (var length in new[] { 1000, 4000, 8000, 16000, 32000, 33000, 70000 })
        {
            yield return Output($"long head: value of {length} bytes", $"X-A: {new string('a', length)}\r\n\r\nbody");
        }

        foreach (var count in new[] { 50, 100, 200, 500, 1000 })
        {
            yield return Output($"long head: {count} fields", string.Concat(Enumerable.Range(0, count).Select(i => $"X-A{i}: {i}\r\n")) + "\r\nbody");
        }

        yield return Output("long head: cookie of 4 KB", $"Set-Cookie: a={new string('c', 4096)}\r\n\r\nbody");
        yield return ResponseShape.Records(
            "long head: 16 KB over many records",
            [.. Enumerable.Range(0, 160).Select(i => Wire.Stdout(string.Create(CultureInfo.InvariantCulture, $"X-A{i}: {new string('a', 90)}\r\n"))), Wire.Stdout("\r\nbody"), Wire.EndRequest()]);
    }

    private static IEnumerable<ResponseShape> Ends() =>
    [
        ResponseShape.Records("no output: END_REQUEST alone", Wire.EndRequest()),
        ResponseShape.Records("no output: STDOUT ended", Wire.Stdout(""), Wire.EndRequest()),
        ResponseShape.Records("no output: STDERR ended too", Wire.Stdout(""), Wire.Stderr(""), Wire.EndRequest(appStatus: 255)),
        ResponseShape.Records("no blank line: END_REQUEST", Wire.Stdout("X-A: 1\r\n"), Wire.EndRequest()),
        ResponseShape.Records("no blank line: in the middle of a line", Wire.Stdout("X-A: 1"), Wire.EndRequest()),
        ResponseShape.Records("no blank line: STDOUT ended", Wire.Stdout("X-A: 1\r\n"), Wire.Stdout(""), Wire.EndRequest()),
        ResponseShape.Records("closed: at once"),
        ResponseShape.Records("closed: inside a record header", [1, 6, 0, 1]),
        ResponseShape.Records("closed: inside the head", Wire.Stdout("X-A: 1\r\n")),
        ResponseShape.Records("closed: inside the record of the head", Wire.Stdout("X-A: 1\r\n\r\nbody")[..12]),
        InTwoParts("closed: behind the head", Wire.Stdout("X-A: 1\r\n\r\n"), []),
        InTwoParts("closed: behind the head, length 0", Wire.Stdout("Content-Length: 0\r\n\r\n"), []),
        InTwoParts("closed: behind the head, length 4", Wire.Stdout("Content-Length: 4\r\n\r\n"), []),
        InTwoParts("closed: inside the body", Wire.Stdout("X-A: 1\r\n\r\nbo"), Wire.Stdout("dy")),
        InTwoParts("closed: inside the body, length not met", Wire.Stdout("Content-Length: 10\r\n\r\nbo"), Wire.Stdout("dy")),
        InTwoParts("closed: behind the body, length met", Wire.Stdout("Content-Length: 4\r\n\r\nbo"), Wire.Stdout("dy")),
        InTwoParts("closed: behind the end of STDOUT", Wire.Stdout("X-A: 1\r\n\r\nbo"), Wire.Join(Wire.Stdout("dy"), Wire.Stdout(""))),
        InTwoParts("closed: behind the end of STDOUT, length not met", Wire.Stdout("Content-Length: 10\r\n\r\nbo"), Wire.Join(Wire.Stdout("dy"), Wire.Stdout(""))),
        InTwoParts("closed: inside a record of the body", Wire.Stdout("X-A: 1\r\n\r\nbo"), Wire.Stdout("dy, and more")[..12]),
        InTwoParts("closed: inside END_REQUEST", Wire.Stdout("X-A: 1\r\n\r\nbo"), Wire.Join(Wire.Stdout("dy"), Wire.EndRequest()[..10])),
        InTwoParts("closed: inside the padding of END_REQUEST", Wire.Stdout("X-A: 1\r\n\r\nbo"), Wire.Join(Wire.Stdout("dy"), Wire.EndRequest(padding: 8)[..^4])),
    ];

    private static IEnumerable<ResponseShape> Codings() =>
    [
        Output("Transfer-Encoding: chunked, body in chunks", "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"),
        Output("Transfer-Encoding: chunked, length too", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n4\r\nbody\r\n0\r\n\r\n"),
        Output("Transfer-Encoding: chunked, body plain", "Transfer-Encoding: chunked\r\n\r\nbody"),
        Output("Transfer-Encoding: chunked, last chunk missing", "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n"),
        Output("Transfer-Encoding: gzip", "Transfer-Encoding: gzip\r\n\r\nbody"),
        Output("Transfer-Encoding: identity", "Transfer-Encoding: identity\r\n\r\nbody"),
        Output("Transfer-Encoding: gzip, chunked", "Transfer-Encoding: gzip, chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"),
    ];

    private static IEnumerable<ResponseShape> HopByHop()
    {
        yield return Output("hop by hop: Connection: close", "Connection: close\r\nX-A: 1\r\n\r\nbody");
        yield return Output("hop by hop: Connection: keep-alive", "Connection: keep-alive\r\nX-A: 1\r\n\r\nbody");
        yield return Output("hop by hop: Connection names a field", "Connection: X-Hop\r\nX-Hop: 1\r\nX-A: 1\r\n\r\nbody");
        (string Name, string Value)[] fields =
        [
            ("Alt-Svc", "h3=\":443\""), ("Keep-Alive", "timeout=5"), ("Proxy-Authenticate", "Basic"), ("Proxy-Authentication-Info", "x"), ("Proxy-Connection", "close"),
            ("TE", "trailers"), ("Trailer", "X-T"), ("Upgrade", "h2c"),
        ];
        foreach (var (name, value) in fields)
        {
            yield return Output($"hop by hop: {name}", $"{name}: {value}\r\nX-A: 1\r\n\r\nbody");
        }
    }

    private static IEnumerable<ResponseShape> PassedFields()
    {
        (string Name, string Value)[] fields =
        [
            ("Accept-Ranges", "bytes"), ("Access-Control-Allow-Origin", "*"), ("Age", "7"), ("Allow", "GET, HEAD"), ("Cache-Control", "no-cache, private"),
            ("Content-Disposition", "attachment; filename=\"\u00C3\u00A9.txt\""), ("Content-Encoding", "gzip"), ("Content-Language", "de"), ("Content-Location", "/x"),
            ("Content-MD5", "x"), ("Content-Range", "bytes 0-3/10"), ("Content-Security-Policy", "default-src 'self'"), ("Content-Type", "text/html; charset=\"utf-8\""),
            ("Date", "Wed, 21 Oct 2015 07:28:00 GMT"), ("ETag", "W/\"x\""), ("Expires", "Thu, 19 Nov 1981 08:52:00 GMT"), ("HTTP", "x"), ("Last-Modified", "Wed, 21 Oct 2015 07:28:00 GMT"),
            ("Link", "</a>; rel=preload"), ("P3P", "CP=\"x\""), ("Pragma", "no-cache"), ("Refresh", "5; url=/x"), ("Retry-After", "120"), ("Server", "app/1"), ("Server-Timing", "db;dur=1"),
            ("Strict-Transport-Security", "max-age=1"), ("Vary", "*"), ("Via", "1.1 app"), ("Warning", "199 - x"), ("WWW-Authenticate", "Basic realm=\"x\""),
            ("X-Accel-Buffering", "no"), ("X-Accel-Charset", "utf-8"), ("X-Accel-Expires", "10"), ("X-Accel-Limit-Rate", "1000000"),
            ("X-LIGHTTPD-send-file", "/nowhere"), ("X-Powered-By", "PHP/8.2"), ("X-Sendfile", "/nowhere"), ("Upgrade-Insecure-Requests", "1"),
        ];
        foreach (var (name, value) in fields)
        {
            yield return Output($"field: {name}", $"Status: 200 OK\r\n{name}: {value}\r\n\r\nbody");
        }

        yield return Output("field: X-Accel-Redirect", "X-Accel-Redirect: /nowhere\r\n\r\nbody");
        yield return Output("field: ETag that the client has", "ETag: \"7\"\r\n\r\nbody") with { RequestFields = "If-None-Match: \"7\"\r\n" };
        yield return Output("field: Last-Modified that the client has", "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT\r\n\r\nbody") with { RequestFields = "If-Modified-Since: Wed, 21 Oct 2015 07:28:00 GMT\r\n" };
        yield return Output("field: Accept-Ranges, a range asked for", "Accept-Ranges: bytes\r\nContent-Length: 4\r\n\r\nbody") with { RequestFields = "Range: bytes=0-1\r\n" };
        yield return Output("field: Content-Range of its own", "Status: 206 Partial Content\r\nContent-Range: bytes 0-1/4\r\n\r\nbo") with { RequestFields = "Range: bytes=0-1\r\n" };
        yield return Output("field: gzip that was not asked for", "Content-Type: text/html\r\n\r\n" + Long(5000)) with { RequestFields = "Accept-Encoding: gzip\r\n" };
    }

    private static IEnumerable<ResponseShape> Informational() =>
    [
        Output("1xx: 103 before the final head", "Status: 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\nX-A: 1\r\n\r\nbody"),
        Output("1xx: 100 before the final head", "Status: 100 Continue\r\n\r\nX-A: 1\r\n\r\nbody"),
        Output("1xx: 102 before the final head", "Status: 102 Processing\r\n\r\nStatus: 404 Not Found\r\n\r\nbody"),
        Output("1xx: 103 alone", "Status: 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n"),
        Output("1xx: 101", "Status: 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nbody"),
    ];

    private static IEnumerable<ResponseShape> Violations()
    {
        var noise = new byte[3000];
        foreach (var (name, record) in new[]
        {
            ("unknown type", Wire.Record((WireRecordType)99, noise, 77)),
            ("unknown type, id 0", Wire.Record((WireRecordType)99, noise, 77, requestId: 0)),
            ("GET_VALUES_RESULT", Wire.Record(WireRecordType.GetValuesResult, [], requestId: 0)),
            ("UNKNOWN_TYPE", Wire.Record(WireRecordType.UnknownType, new byte[8], requestId: 0)),
            ("empty STDERR", Wire.Stderr("")),
            ("STDOUT of request 7", Wire.Record(WireRecordType.Stdout, "x", requestId: 7)),
            ("STDOUT of request 0", Wire.Record(WireRecordType.Stdout, "x", requestId: 0)),
            ("version 2", Wire.Record(WireRecordType.Stdout, "x", version: 2)),
            ("version 0", Wire.Record(WireRecordType.Stdout, "x", version: 0)),
            ("STDIN", Wire.Record(WireRecordType.Stdin, "x")),
        })
        {
            yield return ResponseShape.Records($"{name}: before the head", record, Good, Wire.EndRequest());
            yield return ResponseShape.Records($"{name}: inside the head", Wire.Stdout("X-A: 1\r\n"), record, Wire.Stdout("X-B: 2\r\n\r\nbody"), Wire.EndRequest());
            yield return InTwoParts($"{name}: inside the body", Wire.Stdout("X-A: 1\r\n\r\nbo"), Wire.Join(record, Wire.Stdout("dy"), Wire.EndRequest()));
        }

        foreach (var (name, status) in new[] { ("CANT_MPX_CONN", 1), ("OVERLOADED", 2), ("UNKNOWN_ROLE", 3), ("protocol status 9", 9) })
        {
            yield return ResponseShape.Records($"{name}: in place of a response", Wire.EndRequest(protocolStatus: (byte)status));
            yield return InTwoParts($"{name}: behind the body", Good, Wire.EndRequest(protocolStatus: (byte)status));
        }

        yield return ResponseShape.Records("garbage: an HTTP response", Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"));
        yield return ResponseShape.Records("garbage: zeros", new byte[64]);
    }

    private static string Long(int length) => string.Create(length, 0, static (span, _) =>
    {
        for (var i = 0; i < span.Length; i++)
        {
            span[i] = (char)('a' + (i % 26) - (i / 1000 % 2 * 32));
        }
    });
}
