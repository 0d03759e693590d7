using System.Text;
using static Yarp.FastCgi.FunctionalTests.Differential.RequestShape;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>The catalogue: targets, methods, header fields and bodies, usual and unusual.</summary>
internal static class RequestShapes
{
    public static IReadOnlyList<RequestShape> All { get; } = [.. Targets(), .. Methods(), .. Hosts(), .. Fields(), .. Bodies()];

    private static readonly Dictionary<string, RequestShape> ByName = All.ToDictionary(shape => shape.Name);

    public static RequestShape Get(string name) => ByName[name];

    private static IEnumerable<RequestShape> Targets()
    {
        string[] targets =
        [
            "/app.php", "/app.php?a=1&b=2", "/app.php?", "/app.php?a?b", "/app.php?a=%20&b=+&c=%C3%A9", "/app.php?a=%zz", "/app.php?a=/../b", "/app.php?<>\"{}|^`",
            "/app.php/", "/app.php/x/y", "/app.php/x/y?z", "/app.php/a%20b+c", "/app.php/%C3%A9", "/app.php/a%2Fb", "/app.php/a//b", "/app.php/a.b.c.d", "/app.php/%FF",
            "/app.php/x.php/y", "/app.php/a/../b", "/app.php/./a", "/app.php/%2e%2e/x", "/app.php/a%3Fb", "/app.php/a;b=c", "/app.php/a%25b", "/app.php/\\a",
            "/%61pp.php", "/%61%70%70%2Ephp", "/./app.php", "/sub/../app.php", "/sub/%2e%2e/app.php", "//app.php", "/sub//index.php", "/../app.php",
            "/", "/?a=1", "/sub/", "/sub", "/sub?a=1", "/sub/index.php", "/UPPER.PHP", "/x.jpg/y.php", "/.hidden.php", "/directory.php/", "/missing.php", "/missing.php/x",
            "/app.php%00", "/app.php%0A", "/app.php%0D%0A", "/app.php/%0A", "/app.php/%01", "/app.php/%7F", "/app.php%20", "/app.php.", "/app.php;a", "/app.php#a", "/app.php%23a",
            "/caf%C3%A9.php", "http://localhost/app.php?a=1", "http://other.example/app.php", "http://localhost", "app.php", "*",
        ];
        foreach (var target in targets)
        {
            yield return Target(target);
        }

        yield return new("target: bytes of UTF-8", "GET /app.php/\u00C3\u00A9?\u00C3\u00A9 HTTP/1.1");
        yield return new("target: bytes of UTF-8 in the query", "GET /app.php?\u00C3\u00A9 HTTP/1.1");
        yield return new("target: 4000 characters", $"GET /app.php?{new string('q', 4000)} HTTP/1.1");
        yield return new("target: HTTP/1.0", "GET /app.php?a=1 HTTP/1.0");
    }

    private static IEnumerable<RequestShape> Methods()
    {
        string[] methods =
        [
            "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "SEARCH", "MERGE", "QUERY",
            "FOO", "VERSION-CONTROL", "get", "M_X", "M.X",
        ];
        foreach (var method in methods)
        {
            yield return new($"method: {method}", $"{method} /app.php HTTP/1.1");
        }

        yield return new("method: OPTIONS *", "OPTIONS * HTTP/1.1");
        yield return new("method: CONNECT", "CONNECT localhost:80 HTTP/1.1");
    }

    private static IEnumerable<RequestShape> Hosts()
    {
        foreach (var host in new[] { "localhost", "localhost:8080", "LocalHost", "shop.example", "127.0.0.1", "[::1]", "[::1]:8080", "localhost.", "", "a b", "a/b", "a@b", "localhost:x", "\u00C3\u00A9" })
        {
            yield return new($"Host: {(host is "\u00C3\u00A9" ? "bytes of UTF-8" : host.Length == 0 ? "empty" : host)}", "GET /app.php HTTP/1.1") { Fields = $"Host: {host}\r\n" };
        }

        yield return new("Host: none", "GET /app.php HTTP/1.1") { Fields = "" };
        yield return new("Host: none, HTTP/1.0", "GET /app.php HTTP/1.0") { Fields = "" };
        yield return new("Host: twice", "GET /app.php HTTP/1.1") { Fields = "Host: localhost\r\nHost: localhost\r\n" };
        yield return new("Host: another in the target", "GET http://shop.example:81/app.php HTTP/1.1") { Fields = "Host: shop.example:81\r\n" };
    }

    private static IEnumerable<RequestShape> Fields()
    {
        (string Name, string Value)[] fields =
        [
            ("Accept", "text/html,*/*;q=0.8"), ("Accept-Charset", "utf-8"), ("Accept-Encoding", "gzip, br"), ("Accept-Language", "de"), ("Authorization", "Basic YTpi"),
            ("Authorization", "Bearer t"), ("Cache-Control", "no-cache"), ("Content-Type", "text/plain"), ("Content-Encoding", "gzip"), ("Cookie", "a=1; b=2"), ("Date", "Wed, 21 Oct 2015 07:28:00 GMT"),
            ("DNT", "1"), ("Forwarded", "for=192.0.2.1"), ("From", "a@b.example"), ("If-Match", "\"1\""), ("If-Modified-Since", "Wed, 21 Oct 2015 07:28:00 GMT"), ("If-None-Match", "\"1\""),
            ("If-Range", "\"1\""), ("If-Unmodified-Since", "Wed, 21 Oct 2015 07:28:00 GMT"), ("Max-Forwards", "3"), ("Origin", "http://localhost"), ("Pragma", "no-cache"), ("Range", "bytes=0-1"),
            ("Referer", "http://localhost/"), ("Sec-Fetch-Mode", "cors"), ("SOAPAction", "\"urn:x\""), ("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
            ("User-Agent", "test/1"), ("Via", "1.1 proxy"), ("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "https"), ("X-Real-IP", "192.0.2.1"), ("X-Requested-With", "XMLHttpRequest"),
            ("X-HTTP-Method-Override", "PUT"), ("123", "digits"), ("x-lower-09", "v"),
            ("Connection", "keep-alive"), ("Connection", "X-Hop"), ("Expect", "nothing"), ("Keep-Alive", "5"), ("Proxy", "http://evil.example"), ("Proxy-Authorization", "Basic YTpi"), ("Proxy-Connection", "keep-alive"),
            ("TE", "trailers"), ("Trailer", "X-T"), ("Upgrade", "h2c"), ("X_Under", "1"), ("X.Dot", "1"), ("Content_Length", "5"), ("X!Mark", "1"), ("Status", "404"), ("Script-Filename", "/etc/passwd"),
        ];
        foreach (var (name, value) in fields)
        {
            yield return With($"field: {name}: {value}", $"{name}: {value}\r\n");
        }

        yield return With("field: Connection names another", "Connection: X-Hop\r\nX-Hop: 1\r\n");
        yield return With("field: empty value", "X-A:\r\n");
        yield return With("field: blanks around the value", "X-A:  \t1 \t\r\n");
        yield return With("field: tab in the value", "X-A: a\tb\r\n");
        yield return With("field: UTF-8 in the value", "X-A: caf\u00C3\u00A9\r\n");
        yield return With("field: Latin-1 in the value", "X-A: caf\u00E9\r\n");
        yield return With("field: value of 6000 characters", $"X-A: {new string('a', 6000)}\r\n");
        yield return With("field: twice", "X-A: 1\r\nX-A: 2\r\n");
        yield return With("field: twice, in other case", "X-A: 1\r\nx-a: 2\r\n");
        yield return With("field: Cookie twice", "Cookie: a=1\r\nCookie: b=2\r\n");
        yield return With("field: X-Forwarded-For twice", "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: 192.0.2.2\r\n");
        yield return With("field: User-Agent twice", "User-Agent: a\r\nUser-Agent: b\r\n");
        yield return With("field: 60 of them", string.Concat(Enumerable.Range(0, 60).Select(i => $"X-A{i}: {i}\r\n")));
        yield return With("field: NUL in the value", "X-A: a\0b\r\n");
        yield return With("field: control character in the value", "X-A: a\u0001b\r\n");
        yield return With("field: CR in the value", "X-A: a\rb\r\n");
        yield return With("field: folded", "X-A: a\r\n b\r\n");
        yield return With("field: no colon", "X-A\r\n");
        yield return With("field: no name", ": a\r\n");
        yield return With("field: blank before the colon", "X-A : a\r\n");
        yield return With("field: blank in the name", "X A: a\r\n");
        yield return With("field: line ends with LF", "X-A: 1\nX-B: 2\r\n");
    }

    private static IEnumerable<RequestShape> Bodies()
    {
        var form = "Content-Type: application/x-www-form-urlencoded\r\n";
        yield return Post("body: length", form + "Content-Length: 7\r\n", "a=1&b=2");
        yield return Post("body: length 0", form + "Content-Length: 0\r\n", "");
        yield return Post("body: neither length nor body", form, "");
        yield return new("body: neither length nor body, HTTP/1.0", "POST /app.php HTTP/1.0");
        yield return Post("body: 100 KB", "Content-Length: 100000\r\n", new string('b', 100_000));
        yield return Post("body: every byte value", "Content-Length: 256\r\n", Encoding.Latin1.GetString([.. Enumerable.Range(0, 256).Select(i => (byte)i)]));
        yield return Post("body: chunked", form + "Transfer-Encoding: chunked\r\n", "3\r\na=1\r\n4\r\n&b=2\r\n0\r\n\r\n");
        yield return Post("body: chunked, none", form + "Transfer-Encoding: chunked\r\n", "0\r\n\r\n");
        yield return Post("body: chunked, extensions and trailers", form + "Transfer-Encoding: chunked\r\n", "3;x=y\r\na=1\r\n0\r\nX-T: 1\r\n\r\n");
        yield return Post("body: chunked and length", form + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "3\r\na=1\r\n0\r\n\r\n");
        yield return Post("body: gzip, chunked", form + "Transfer-Encoding: gzip, chunked\r\n", "3\r\na=1\r\n0\r\n\r\n");
        yield return Post("body: coding identity", form + "Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "a=1");
        yield return Post("body: bad chunk size", form + "Transfer-Encoding: chunked\r\n", "x\r\na=1\r\n0\r\n\r\n");
        yield return Post("body: Expect: 100-continue", form + "Expect: 100-continue\r\nContent-Length: 3\r\n", "a=1");
        yield return Post("body: length twice, equal", form + "Content-Length: 3\r\nContent-Length: 3\r\n", "a=1");
        yield return Post("body: length twice, different", form + "Content-Length: 3\r\nContent-Length: 2\r\n", "a=1");
        yield return Post("body: length with a plus sign", form + "Content-Length: +3\r\n", "a=1");
        yield return Post("body: length negative", form + "Content-Length: -3\r\n", "a=1");
        yield return Post("body: 4 stray bytes behind it", form + "Content-Length: 3\r\n", "a=1\r\n\r\n");
        yield return Post("body: no type", "Content-Length: 3\r\n", "a=1");
        foreach (var method in new[] { "GET", "DELETE", "OPTIONS", "PROPFIND", "PUT", "PATCH" })
        {
            yield return new($"body: of {method}", $"{method} /app.php HTTP/1.1") { Fields = "Host: localhost\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n", Body = "body" };
        }

        yield return new("body: of GET, chunked", "GET /app.php HTTP/1.1") { Fields = "Host: localhost\r\nTransfer-Encoding: chunked\r\n", Body = "4\r\nbody\r\n0\r\n\r\n" };
        yield return new("body: HTTP/1.0", "POST /app.php HTTP/1.0") { Fields = "Content-Length: 4\r\n", Body = "body" };
        yield return new("body: HTTP/1.0, chunked", "POST /app.php HTTP/1.0") { Fields = "Host: localhost\r\nTransfer-Encoding: chunked\r\n", Body = "4\r\nbody\r\n0\r\n\r\n" };
    }
}
