namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>How the client's response differs between nginx and us.</summary>
internal static class ResponseDifferences
{
    private const string BadGateway = "502 Bad Gateway";
    private const string Passed = "passed";
    private const string CutShort = "cut short";
    private const string Nothing = "–";
    private static readonly Version Lists = new(1, 23, 0);

    public static IReadOnlyList<Difference> All { get; } =
    [
        new(ObservedResponse.Page, "none", "HTML", "as YARP for HTTP; status code pages of ASP.NET Core give one", "closed: at once") { IsGeneral = true },

        .. Statuses(), .. Locations(), .. Lengths(), .. Fields(), .. BadHeads(), .. Codings(), .. Informational(), .. Ends(), .. Records(),
    ];

    private static IEnumerable<Difference> Statuses() =>
    [
        new("status", "HTTP/1.1 404 Not Found", "HTTP/1.1 404", "E51; RFC 9112 section 4: a blank follows the code", "Status: code alone", "Status: blank behind the code") { Before = new Version(1, 25, 3) },
        new("status", "HTTP/1.1 404 Not Found", "HTTP/1.1 404  Not Found", "one blank in front of the phrase", "Status: two blanks"),
        new("status", "HTTP/1.1 404 Not Found", "HTTP/1.1 404 Nicht gef\u00FCnden", "Kestrel can send ASCII only; the phrase means nothing (RFC 9112 section 4)", "Status: reason beyond ASCII"),
        new(Observation.Answer, Passed, BadGateway, "RFC 9110 section 5.5: blanks and tabs around a value are no part of it", "Status: tab in front"),
        new(Observation.Answer, BadGateway, "no HTTP", "E51; RFC 3875 section 6.3.3: nginx copies it into a status line that is none", "Status: tab behind the code", "Status: letters behind the code", "Status: four digits"),
        new(Observation.Answer, BadGateway, Passed, "RFC 9110 section 15: statuses are 100 to 599", "Status: leading zero", "Status: 600", "Status: 999"),
        new(Observation.Answer, BadGateway, Passed, "RFC 3875 section 6.3: never more than once; which one was meant is not known", "Status: twice, equal", "Status: twice, different"),
        new(Observation.Answer, BadGateway, Passed, "E54; nginx passes the line over and makes a 200 of the 404", "Status: as a status line"),
        new(Observation.Answer, "503 Service Unavailable", BadGateway, "E29; FCGI_OVERLOADED is an answer of its own, and another try may succeed", "OVERLOADED: in place of a response"),
    ];

    private static IEnumerable<Difference> Locations() =>
    [
        new("status", "HTTP/1.1 302 Found", "HTTP/1.1 302 Moved Temporarily", "the name that RFC 9110 has for it", "Location: URL, no Status…", "Location: path, no Status, body", "Location: relative, no Status", "Location: empty"),
        new("…", "…", "…", "E52; RFC 3875 section 6.2.2: answered by that path (`LocalRedirect`)", "Location: path, no Status"),
        new(Observation.Answer, Passed, "500 Internal Server Error", "X-Accel-Redirect is off until `XAccelRedirect` allows directories; the field passes", "field: X-Accel-Redirect"),
    ];

    private static IEnumerable<Difference> Lengths() =>
    [
        new(
            Observation.Answer,
            BadGateway,
            Passed,
            "E56; RFC 9110 section 8.6: where the message ends must not be guessed",
            "Content-Length: twice, different", "Content-Length: list", "Content-Length: empty", "Content-Length: no number", "Content-Length: negative", "Content-Length: plus sign",
            "Content-Length: hexadecimal", "Content-Length: letters behind it", "Content-Length: beyond 64 bits") { Before = Lists },
        new(Observation.Answer, Passed, BadGateway, "E56; RFC 9110 section 8.6 allows to take one of equals", "Content-Length: twice, equal") { Since = Lists },
        new(Observation.Answer, BadGateway, CutShort, "E57; nothing was sent yet, so the client can be told", "Content-Length: no body"),
        new("field CONTENT-LENGTH", Nothing, "…", "RFC 9110 section 8.6: never in a 204", "204: length 0", "204: length", "204: body and length"),
        new("body", "''", "'body'", "RFC 9110 section 15.3.6: a 205 has none", "205: body", "205: body and length"),
        new(Observation.Answer, Passed, CutShort, "the same; nginx waits for bytes that must not come", "205: length"),
    ];

    private static IEnumerable<Difference> Fields() =>
    [
        new("field …", "…", "… and …", "RFC 9110 section 5.3: no list, so that the second contradicts the first", "repeated: Date", "repeated: ETag", "repeated: Expires", "repeated: Last-Modified", "repeated: Location", "repeated: Server") { Before = Lists },
        new("field CONTENT-TYPE", "text/plain", "text/html", "the same; later versions take the first as well", "repeated: Content-Type") { Before = Lists },
        new("field …", "…", "… and …", "the same", "repeated: Age", "repeated: Content-Disposition", "repeated: Retry-After", "repeated: Strict-Transport-Security"),
        new(
            "field …",
            Nothing,
            "…",
            "E61; hop by hop (RFC 9110 section 7.6.1), or about another hop's connection, as YARP for HTTP",
            "hop by hop: Alt-Svc", "hop by hop: Proxy-…", "hop by hop: TE", "hop by hop: Trailer", "hop by hop: Upgrade", "field: Upgrade-Insecure-Requests"),
        new("field X-ACCEL-…", "…", Nothing, "off until `XAccelRedirect` or `XSendfileRoots` turns it on: a front end further out may act on them", "field: X-Accel-Buffering", "field: X-Accel-Charset", "field: X-Accel-Expires", "field: X-Accel-Limit-Rate"),
    ];

    private static IEnumerable<Difference> BadHeads() =>
    [
        new(Observation.Answer, BadGateway, Passed, "E49; RFC 9110 section 5.1: a name is a token; clients and caches disagree on others", "bad head: separator … in the name", "bad head: name beyond ASCII"),
        new(
            Observation.Answer,
            BadGateway,
            Passed,
            "E49; RFC 9110 section 5.5: control characters are dangerous to whoever reads them next",
            "bad head: control character in the value", "bad head: ESC in the value", "bad head: DEL in the value", "bad head: form feed in the value", "lines: two CR in front of LF"),
    ];

    private static IEnumerable<Difference> Codings() =>
    [
        new("body", "'body'", "14 bytes, …", "E58; the client would see the sizes of chunks in its body", "Transfer-Encoding: chunked, body in chunks"),
        new("body", "'body'", "4 bytes, …", "E58; RFC 9112 section 6.3: the coding overrides the length", "Transfer-Encoding: chunked, length too") { Before = Lists },
        new(Observation.Answer, Passed, BadGateway, "E58; RFC 9112 section 6.3: the coding overrides the length", "Transfer-Encoding: chunked, length too") { Since = Lists },
        new(Observation.Answer, BadGateway, Passed, "E58; the body is not in the coding that is announced", "Transfer-Encoding: chunked, body plain"),
        new(Observation.Answer, CutShort, Passed, "E58; RFC 9112 section 8: not complete", "Transfer-Encoding: chunked, last chunk missing"),
        new(Observation.Answer, BadGateway, Passed, "E58; RFC 9112 section 6.1: a coding that is not understood must not be passed over", "Transfer-Encoding: gzip", "Transfer-Encoding: identity", "Transfer-Encoding: gzip, chunked") { Before = Lists },
    ];

    private static IEnumerable<Difference> Informational() =>
    [
        new(Observation.Answer, Passed, "no HTTP", "E55; nginx takes it for the final response, and sends the final head as a body", "1xx: … before the final head"),
        new(Observation.Answer, BadGateway, Passed, "E55; a 1xx is no final response, and nobody asked for an upgrade", "1xx: 103 alone", "1xx: 101"),
    ];

    private static IEnumerable<Difference> Ends() =>
    [
        new(
            Observation.Answer,
            CutShort,
            Passed,
            "E25; the rest may be missing, and nginx ends the response as if it were whole",
            "closed: behind the head", "closed: inside the body", "closed: inside a record of the body", "closed: inside END_REQUEST"),
        new(
            Observation.Answer,
            CutShort,
            Passed,
            "E25, E57; nginx keeps the client's connection, and the next response fills the gap",
            "closed: behind the head, length 4", "closed: inside the body, length not met"),
        new(Observation.Answer, CutShort, Passed, "E27; the end of the response is not known to be one", "END_REQUEST: shorter than 8 bytes"),
        new(Observation.Answer, CutShort, Passed, "E32; the application says that the request failed", "CANT_MPX_CONN: behind the body", "OVERLOADED: behind the body", "UNKNOWN_ROLE: behind the body", "protocol status 9: behind the body"),
        new("body", "'body'", "'bodylate'", "E22; the stream has ended", "behind the end of STDOUT: more STDOUT"),
    ];

    private static IEnumerable<Difference> Records() =>
    [
        new(
            Observation.Answer,
            Passed,
            BadGateway,
            "E20, E21; FastCGI section 3.3: whoever knows a record's length can skip it",
            "unknown type…: before the head", "unknown type…: inside the head", "GET_VALUES_RESULT: before the head", "GET_VALUES_RESULT: inside the head",
            "UNKNOWN_TYPE: before the head", "UNKNOWN_TYPE: inside the head", "STDIN: before the head", "STDIN: inside the head"),
        new(Observation.Answer, Passed, CutShort, "the same", "unknown type…: inside the body", "GET_VALUES_RESULT: inside the body", "UNKNOWN_TYPE: inside the body", "STDIN: inside the body"),
    ];
}
