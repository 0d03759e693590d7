namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>How what reaches the application differs between nginx (with the params that it is shipped with) and us.</summary>
internal static class RequestDifferences
{
    private const string Asked = "asked";
    private const string Nothing = "–";

    public static IReadOnlyList<Difference> All { get; } = [.. Params(), .. Paths(), .. Targets(), .. Methods(), .. Hosts(), .. Fields(), .. Bodies()];

    private static IEnumerable<Difference> Params() =>
    [
        new("CONTENT_LENGTH", Nothing, "''", "RFC 3875 section 4.1.2: not set without a body", "method: HEAD") { IsGeneral = true },
        new("CONTENT_LENGTH", "'0'", "''", "E69; a method that expects a body and has none", "method: POST", "method: PUT", "body: neither length nor body") { IsGeneral = true },
        new("CONTENT_TYPE", Nothing, "''", "RFC 3875 section 4.1.3: not set without a type", "method: HEAD") { IsGeneral = true },
        new("REMOTE_USER", Nothing, "''", "RFC 3875 section 4.1.11: set for authenticated users", "method: HEAD") { IsGeneral = true },
        new("REMOTE_USER", Nothing, "'a'", "the same; nginx takes the name out of a field that nobody has checked", "field: Authorization: Basic YTpi"),
        new("HTTP_CONTENT_LENGTH", Nothing, "'…'", "E79; one value per fact", "body: length") { IsGeneral = true },
        new("HTTP_CONTENT_TYPE", Nothing, "'…'", "E79; one value per fact", "body: length", "field: Content-Type: text/plain") { IsGeneral = true },
        new("HTTP_TRANSFER_ENCODING", Nothing, "'chunked'", "the server has taken it off; the body has its true CONTENT_LENGTH", "body: chunked") { IsGeneral = true },
        new("PATH_TRANSLATED", "'{root}/…'", Nothing, "RFC 3875 section 4.1.6: set with PATH_INFO", "target: /app.php/x/y") { IsGeneral = true },
        new("HTTP_TRACEPARENT", "(its own)", Nothing, "W3C Trace Context: the parent of the application's span", "method: HEAD") { IsGeneral = true },
    ];

    private static IEnumerable<Difference> Paths() =>
    [
        new("PATH_INFO", "'/a%2Fb'", "'/a/b'", "E75; what was routed and authorised is what the application gets", "target: /app.php/a%2Fb"),
        new("DOCUMENT_URI", "'/app.php/a%2Fb'", "'/app.php/a/b'", "the same", "target: /app.php/a%2Fb"),
        new("PATH_INFO", "'/a//b'", "'/a/b'", "E75; path info may have empty segments", "target: /app.php/a//b"),
        new("DOCUMENT_URI", "'/app.php/a//b'", "'/app.php/a/b'", "the same", "target: /app.php/a//b"),
        new("PATH_INFO", "'/%FF'", "'/\u00FF'", "E75; what is no UTF-8 stays as it is", "target: /app.php/%FF"),
        new("DOCUMENT_URI", "'/app.php/%FF'", "'/app.php/\u00FF'", "the same", "target: /app.php/%FF"),
        new(Observation.Answer, "404", Asked, "E75, CVE-2024-38473; routing has not seen the directory that the file system would", "target: //app.php", "target: /sub//index.php"),
        new(Observation.Answer, "404", Asked, "names with a dot in front are nobody's pages", "target: /.hidden.php"),
        new(Observation.Answer, Asked, "200", "E74; nginx's pattern minds case and sends the source", "target: /UPPER.PHP"),
        new(Observation.Answer, Asked, "404", "a directory with an index, whatever its name", "target: /directory.php/"),
        new(Observation.Answer, "404", "200", "no script; files are the static file middleware's work", "target: /app.php%20", "target: /app.php.", "target: /app.php;a", "target: /app.php%23a"),
        new(Observation.Answer, "308", "301", "the client repeats a POST as a POST (RFC 9110 section 15.4.9)", "target: /sub", "target: /sub?a=1"),
        new(Observation.Answer, "400", Asked, "E71, CVE-2019-11043", "target: /app.php/%0A", "target: /app.php/%01", "target: /app.php/%7F"),
        new(Observation.Answer, "400", "404", "E71, CVE-2019-11043", "target: /app.php%0A", "target: /app.php%0D%0A"),
    ];

    private static IEnumerable<Difference> Targets() =>
    [
        new(Observation.Answer, Asked, "400", "RFC 3986 section 5.2.4: dot segments do not climb above the root", "target: /../app.php"),
        new(Observation.Answer, "404", Asked, "Kestrel: a target has no fragment (RFC 9112 section 3.2), so this is a name", "target: /app.php#a"),
        new(Observation.Answer, "400", Asked, "Kestrel: RFC 9112 section 3.2 allows ASCII only", "target: bytes of UTF-8", "target: bytes of UTF-8 in the query"),
        new(Observation.Answer, "400", Asked, "Kestrel: target and Host contradict each other; its AllowHostHeaderOverride takes the target", "target: http://other.example/app.php"),
        new(Observation.Answer, "405", "400", "Kestrel: these forms are of other methods", "target: app.php", "target: *"),
    ];

    private static IEnumerable<Difference> Methods() =>
    [
        new(Observation.Answer, Asked, "405", "E81; methods are the application's", "method: TRACE"),
        new(Observation.Answer, Asked, "400", "E81; RFC 9110 section 9.1: a method is a token, and its case counts", "method: get", "method: M.X"),
        new(Observation.Answer, Asked, "400", "RFC 9110 section 9.3.7: the question is for the server, which is the application", "method: OPTIONS *"),
        new(Observation.Answer, "400", "405", "Kestrel: CONNECT comes with an authority for its target, and with a Host that agrees", "method: CONNECT") { Since = new Version(1, 31, 0) },
    ];

    private static IEnumerable<Difference> Hosts() =>
    [
        new("SERVER_NAME", "'…'", "'localhost'", "E77; the host that the client asked for, not the one in the configuration", "Host: shop.example", "Host: 127.0.0.1", "Host: [::1]", "Host: [::1]:8080", "Host: localhost.", "Host: another in the target"),
        new("SERVER_NAME", "'127.0.0.1'", "'localhost'", "E77; the address that it reached, when it named no host", "Host: none, HTTP/1.0", "body: HTTP/1.0"),
        new(Observation.Answer, Asked, "400", "RFC 9112 section 3.2: sent by clients whose target has no host", "Host: empty"),
        new(Observation.Answer, "400", Asked, "RFC 9112 section 3.2: no host", "Host: a@b", "Host: localhost:x", "Host: bytes of UTF-8") { Before = new Version(1, 29, 4) },
        new("HTTP_HOST", "'…'", "'localhost'", "E77; as sent", "Host: LocalHost", "Host: localhost.") { Since = new Version(1, 29, 5) },
        new("HTTP_HOST", Nothing, "'localhost'", "RFC 3875 section 4.1.18: the client sent none", "Host: none, HTTP/1.0", "body: HTTP/1.0") { Since = new Version(1, 29, 5) },
    ];

    private static IEnumerable<Difference> Fields() =>
    [
        new(
            "HTTP_…",
            Nothing,
            "'…'",
            "RFC 9110 section 7.6.1: for this hop only",
            "field: Connection: …", "field: Connection names another", "field: Keep-Alive: 5", "field: Proxy-…", "field: TE: trailers", "field: Trailer: X-T", "field: Upgrade: h2c"),
        new("HTTP_EXPECT", Nothing, "'…'", "E70; answered here", "field: Expect: nothing", "body: Expect: 100-continue"),
        new("HTTP_PROXY", Nothing, "'http://evil.example'", "E78, CVE-2016-5385 (httpoxy)", "field: Proxy: http://evil.example"),
        new("HTTP_X_A", "'1'", "'…1…'", "RFC 9110 section 5.5: blanks and tabs around a value are no part of it", "field: blanks around the value"),
        new("HTTP_…", "'…, …'", "'…'", "RFC 3875 section 4.1.18: several fields are one value", "field: twice", "field: twice, in other case", "field: X-Forwarded-For twice", "field: User-Agent twice") { Before = new Version(1, 23, 0) },
        new("HTTP_COOKIE", "'a=1; b=2'", "'b=2'", "RFC 6265 section 5.4", "field: Cookie twice") { Before = new Version(1, 23, 0) },
        new(Observation.Answer, "400", Asked, "RFC 9112 section 5: no field", "field: no colon"),
    ];

    private static IEnumerable<Difference> Bodies() =>
    [
        new(Observation.Answer, Asked, "400", "Kestrel goes by the coding alone, as RFC 9112 section 6.3 allows", "body: chunked and length"),
        new(Observation.Answer, Asked, "400", "Kestrel reads the chunks; the connection ends behind them (RFC 9112 section 6.1)", "body: HTTP/1.0, chunked"),
        new(Observation.Answer, Asked, "400", "Kestrel takes it for 3, and the application gets it as `3`", "body: length with a plus sign"),
        new(Observation.Answer, "400", Asked, "Kestrel: RFC 1945 section 8.3: a POST of HTTP/1.0 has a length", "body: neither length nor body, HTTP/1.0"),
        new(Observation.Answer, "400", "501", "RFC 9112 section 6.1: 400 for framing that is no longer known", "body: coding identity"),
    ];
}
