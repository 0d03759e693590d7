using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Caching;

/// <summary>Which responses are kept, for whom, and what those get who come later.</summary>
public class CacheTests
{
    private const string Route = """ "OutputCachePolicy": "pages", """;

    [Theory]
    [InlineData("Cache-Control: max-age=60")]
    [InlineData("Cache-Control: public, s-maxage=60, max-age=0")]
    [InlineData("Expires: Fri, 01 Jan 2100 00:00:00 GMT")]
    [InlineData("X-Accel-Expires: 60")]
    [InlineData("X-Accel-Expires: @4102444800")]
    [InlineData("X-Accel-Expires: 60|Cache-Control: no-store")]
    public async Task Get_ResponseThatSaysHowLong_IsKept(string fields)
    {
        await using var application = Counting(fields);
        await using var gateway = await StartAsync(application);

        var (first, firstBody) = await gateway.SendAsync("GET /page?a=1");
        var (second, secondBody) = await gateway.SendAsync("GET /page?a=1");

        Assert.Contains("\r\nCache-Status: yarp-fastcgi; fwd=uri-miss\r\n", first, StringComparison.Ordinal);
        Assert.Matches("\r\nCache-Status: yarp-fastcgi; hit; ttl=\\d+\r\n", second);
        Assert.Matches("\r\nAge: \\d+\r\n", second);
        Assert.Contains("\r\nContent-Length: 6\r\n", second, StringComparison.Ordinal);
        Assert.Equal("page 1", Encoding.UTF8.GetString(firstBody));
        Assert.Equal("page 1", Encoding.UTF8.GetString(secondBody));
        Assert.DoesNotContain("X-Accel-Expires", first + second, StringComparison.OrdinalIgnoreCase);
        Assert.Single(application.Requests);
    }

    [Theory]
    [InlineData("X: y")]
    [InlineData("Cache-Control: no-store, max-age=60")]
    [InlineData("Cache-Control: private, max-age=60")]
    [InlineData("Cache-Control: no-cache=\"Set-Cookie, X\", max-age=60")]
    [InlineData("Cache-Control: max-age=0")]
    [InlineData("Cache-Control: max-age=nonsense")]
    [InlineData("Cache-Control: max-age=60, s-maxage=0")]
    [InlineData("Cache-Control: max-age=60|Age: 60")]
    [InlineData("Cache-Control: max-age=60|Set-Cookie: a=b")]
    [InlineData("Cache-Control: max-age=60|Vary: *")]
    [InlineData("Cache-Control: max-age=60|Status: 206")]
    [InlineData("Cache-Control: max-age=60|Status: 500")]
    [InlineData("Cache-Control: max-age=60|X-Accel-Expires: 0")]
    [InlineData("Cache-Control: max-age=60|X-Accel-Expires: @1")]
    [InlineData("Cache-Control: max-age=60|Cache-Tag: a\u00e9")]
    [InlineData("Expires: 0")]
    public async Task Get_ResponseOfOneClient_IsNotKept(string fields)
    {
        await using var application = Counting(fields);
        await using var gateway = await StartAsync(application);

        await gateway.SendAsync("GET /page");
        var (head, _) = await gateway.SendAsync("GET /page");

        Assert.Contains("\r\nCache-Status: yarp-fastcgi; fwd=uri-miss\r\n", head, StringComparison.Ordinal);
        Assert.Equal(2, application.Requests.Count);
    }

    [Theory]
    [InlineData("GET", "Authorization: Basic YTpi", "fwd=bypass; detail=authorization")]
    [InlineData("GET", "Cookie: session=1", "fwd=bypass; detail=cookie")]
    [InlineData("GET", "Cookie: _ga=1; wordpress_logged_in_1=x", "fwd=bypass; detail=cookie")]
    [InlineData("GET", "Range: bytes=0-1", "fwd=bypass; detail=range")]
    [InlineData("GET", "If-Match: \"a\"", "fwd=bypass; detail=precondition")]
    [InlineData("GET", "Accept: text/event-stream", "fwd=bypass; detail=event-stream")]
    [InlineData("GET", "Content-Length: 0", "fwd=uri-miss")]
    public async Task Get_RequestOfOneClient_GoesPastWhatIsKept(string method, string field, string status)
    {
        await using var application = Counting("Cache-Control: max-age=60|Surrogate-Key: a");
        await using var gateway = await StartAsync(application, """ "BypassCookies": "wordpress_logged_in_*" """);

        await gateway.SendAsync("GET /other");
        var (head, _) = await gateway.SendAsync($"{method} /page", field);
        await gateway.SendAsync("GET /page");

        Assert.Contains($"\r\nCache-Status: yarp-fastcgi; {status}\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Surrogate-Key", head, StringComparison.Ordinal);
        Assert.Equal(status.Contains("bypass", StringComparison.Ordinal) ? 3 : 2, application.Requests.Count);
    }

    [Fact]
    public async Task Get_Path_BypassesWhereThePolicySaysSo()
    {
        await using var application = Counting("Cache-Control: max-age=60");
        await using var gateway = await StartAsync(application, """ "BypassPaths": "/admin/" """);

        await gateway.SendAsync("GET /admin/page");
        var (head, _) = await gateway.SendAsync("GET /admin/page");

        Assert.Contains("detail=path", head, StringComparison.Ordinal);
        Assert.Equal(2, application.Requests.Count);
    }

    [Theory]
    [InlineData("/page?a=1", "/page?a=2", "", false)]
    [InlineData("/page?utm_source=x&a=1", "/page?a=1&utm_medium=y", """ "IgnoreQuery": "utm_*" """, true)]
    [InlineData("/page?a=1&b=2", "/page?a=1&b=3", """ "Query": [ "a" ] """, true)]
    [InlineData("/page?a=1&b=2", "/page?a=2&b=2", """ "Query": [ "a" ] """, false)]
    [InlineData("/page?a=1", "/page", """ "Query": [] """, true)]
    [InlineData("/Page", "/page", "", false)]
    [InlineData("/page%41", "/pageA", "", false)]
    [InlineData("http://site.test/page", "/page", "", true)]
    public async Task Get_Targets_HaveKeysOfTheirOwn(string one, string other, string policy, bool isSame)
    {
        await using var application = Counting("Cache-Control: max-age=60");
        await using var gateway = await StartAsync(application, policy);

        await gateway.SendAsync($"GET {one}");
        await gateway.SendAsync($"GET {other}");

        Assert.Equal(isSame ? 1 : 2, application.Requests.Count);
    }

    [Theory]
    [InlineData("Cookie: _ga=1; lang=de", "Cookie: lang=de; _ga=2", true)]
    [InlineData("Cookie: lang=de", "Cookie: lang=fr", false)]
    [InlineData("X-Device: phone", "X-Device: desk", false)]
    [InlineData("X-Other: a", "X-Other: b", true)]
    public async Task Get_CookiesAndHeaders_AreOfTheKeyWhereThePolicySaysSo(string one, string other, bool isSame)
    {
        await using var application = Counting("Cache-Control: max-age=60");
        await using var gateway = await StartAsync(application, """ "KeyCookies": "lang", "Headers": "X-Device" """);

        await gateway.SendAsync("GET /page", one);
        await gateway.SendAsync("GET /page", other);

        Assert.Equal(isSame ? 1 : 2, application.Requests.Count);
    }

    [Fact]
    public async Task Get_IgnoredCookies_DoNotReachTheApplication()
    {
        await using var application = Counting("Cache-Control: max-age=60");
        await using var gateway = await StartAsync(application, """ "KeyCookies": "lang" """);

        await gateway.SendAsync("GET /page", "Cookie: _ga=1; lang=de; _gid=2");
        await gateway.SendAsync("GET /other", "Cookie: _ga=1");

        Assert.Equal("lang=de", application.Requests[0]["HTTP_COOKIE"]);
        Assert.Null(application.Requests[1]["HTTP_COOKIE"]);
    }

    [Theory]
    [InlineData("Vary: Accept-Language", "Accept-Language: de", "Accept-Language: fr", false)]
    [InlineData("Vary: Accept-Language", "Accept-Language: de", "Accept-Language: de", true)]
    [InlineData("Vary: accept-encoding", "Accept-Encoding: gzip, br", "Accept-Encoding: br,gzip;q=0.9", true)]
    [InlineData("Vary: Accept-Encoding", "Accept-Encoding: gzip", "Accept-Encoding: gzip;q=0", false)]
    [InlineData("Content-Encoding: gzip", "Accept-Encoding: gzip", "Accept-Encoding: identity", false)]
    [InlineData("Vary: Cookie", "Cookie: _ga=1", "Cookie: _ga=2", true)]
    public async Task Get_Vary_TellsVariantsApart(string field, string one, string other, bool isSame)
    {
        await using var application = Counting($"Cache-Control: max-age=60|{field}");
        await using var gateway = await StartAsync(application);

        var (_, first) = await gateway.SendAsync("GET /page", one);
        var (_, second) = await gateway.SendAsync("GET /page", other);
        var (_, third) = await gateway.SendAsync("GET /page", one);

        Assert.Equal(isSame ? 1 : 2, application.Requests.Count);
        Assert.Equal(isSame, first.SequenceEqual(second));
        Assert.Equal(first, third);
    }

    [Fact]
    public async Task Head_WhatGetHasFetched_IsAnsweredFromIt()
    {
        await using var application = Counting("Cache-Control: max-age=60|X-App: yes");
        await using var gateway = await StartAsync(application);

        var (missed, _) = await gateway.SendAsync("HEAD /page");
        await gateway.SendAsync("GET /page");
        var (head, body) = await gateway.SendAsync("HEAD /page");

        Assert.Contains("fwd=uri-miss", missed, StringComparison.Ordinal);
        Assert.Contains("\r\nX-App: yes\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Length: 6\r\n", head, StringComparison.Ordinal);
        Assert.Contains("; hit;", head, StringComparison.Ordinal);
        Assert.Empty(body);
        Assert.Equal(["HEAD", "GET"], application.Requests.Select(request => request["REQUEST_METHOD"]));
    }

    [Theory]
    [InlineData("If-None-Match: \"other\", W/\"a\"", true)]
    [InlineData("If-None-Match: *", true)]
    [InlineData("If-None-Match: \"b\"", false)]
    [InlineData("If-Modified-Since: Wed, 01 Jan 2025 00:00:00 GMT", true)]
    [InlineData("If-Modified-Since: Tue, 31 Dec 2024 23:59:59 GMT", false)]
    [InlineData("If-None-Match: \"b\"|If-Modified-Since: Wed, 01 Jan 2025 00:00:00 GMT", false)]
    public async Task Get_Conditions_AreAnsweredFromWhatIsKept(string fields, bool isUnchanged)
    {
        await using var application = Counting("Cache-Control: max-age=60|ETag: \"a\"|Last-Modified: Wed, 01 Jan 2025 00:00:00 GMT|Content-Security-Policy: default-src 'self'");
        await using var gateway = await StartAsync(application);

        await gateway.SendAsync("GET /page", "If-None-Match: \"a\"");
        var (head, body) = await gateway.SendAsync("GET /page", fields.Split('|'));

        Assert.StartsWith(isUnchanged ? "HTTP/1.1 304 " : "HTTP/1.1 200 ", head, StringComparison.Ordinal);
        Assert.Equal(isUnchanged, body.Length == 0);
        Assert.Contains("\r\nETag: \"a\"\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Security-Policy: ", head, StringComparison.Ordinal);
        Assert.Equal(!isUnchanged, head.Contains("\r\nContent-Type: ", StringComparison.Ordinal));
        Assert.Null(Assert.Single(application.Requests)["HTTP_IF_NONE_MATCH"]);
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(404, true)]
    [InlineData(410, false)]
    public async Task Get_Durations_AreOfStatuses(int status, bool isKept)
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Status(status, body: "text"));
        await using var gateway = await StartAsync(application, """ "Duration": "00:01:00", "Durations": { "404": "00:00:30" } """);

        await gateway.SendAsync("GET /page");
        var (head, body) = await gateway.SendAsync("GET /page");

        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        Assert.Equal("text", Encoding.UTF8.GetString(body));
        Assert.Equal(isKept ? 1 : 2, application.Requests.Count);
    }

    [Fact]
    public async Task Get_IgnoredFields_KeepNothingFromTheCacheAndCookiesFromOthers()
    {
        await using var application = Counting("Cache-Control: no-store|Expires: Thu, 19 Nov 1981 08:52:00 GMT|Set-Cookie: PHPSESSID=secret");
        await using var gateway = await StartAsync(application, """ "Duration": "00:01:00", "IgnoreHeaders": [ "Cache-Control", "Expires", "Set-Cookie" ] """);

        var (first, _) = await gateway.SendAsync("GET /page");
        var (second, _) = await gateway.SendAsync("GET /page");

        Assert.Contains("\r\nSet-Cookie: PHPSESSID=secret\r\n", first, StringComparison.Ordinal);
        Assert.DoesNotContain("Set-Cookie", second, StringComparison.Ordinal);
        Assert.Single(application.Requests);
    }

    [Theory]
    [InlineData(16, true)]
    [InlineData(17, false)]
    public async Task Get_Body_IsKeptUpToTheLimit(int length, bool isKept)
    {
        var body = new string('a', length);
        await using var application = ScriptedResponder.Start(_ => Reply.Text(body).WithHeader("Cache-Control", "max-age=60"));
        await using var gateway = await StartAsync(application, """ "MaxBodySize": 16 """);

        await gateway.SendAsync("GET /page");
        var (_, second) = await gateway.SendAsync("GET /page");

        Assert.Equal(body, Encoding.UTF8.GetString(second));
        Assert.Equal(isKept ? 1 : 2, application.Requests.Count);
    }

    [Fact]
    public async Task Get_BodyThatBreaksOff_IsNotKept()
    {
        await using var application = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Content-Type: text/plain\r\nCache-Control: max-age=60\r\n\r\npart");
            connection.Reset();
        });
        await using var gateway = await StartAsync(application);

        foreach (var count in new[] { 1, 2 })
        {
            using var client = await RawHttpConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync("GET /page HTTP/1.1\r\nHost: site.test\r\n\r\n");
            await client.ReadToEndAsync();
            await application.WaitForRequestAsync(count);
        }
    }

    [Fact]
    public async Task Get_Compression_IsDoneForEachClient()
    {
        var page = new string('a', 5000);
        await using var application = ScriptedResponder.Start(_ => Reply.Typed("text/html", page).WithHeader("Cache-Control", "max-age=60").WithHeader("ETag", "\"a\""));
        await using var gateway = await ResponseGateway.StartAsync(
            application.Address, """{ "Compression": { "Enabled": true }, "Caching": { "Policies": { "pages": {} } } }""", Route);

        var (compressed, _) = await gateway.SendAsync("GET /page", "Accept-Encoding: br");
        var (plain, body) = await gateway.SendAsync("GET /page");
        var (again, _) = await gateway.SendAsync("GET /page", "Accept-Encoding: gzip");
        var (unchanged, _) = await gateway.SendAsync("GET /page", "Accept-Encoding: gzip", "If-None-Match: W/\"a\"");

        Assert.Contains("\r\nContent-Encoding: br\r\n", compressed, StringComparison.Ordinal);
        Assert.DoesNotContain("Content-Encoding", plain, StringComparison.Ordinal);
        Assert.Equal(page, Encoding.UTF8.GetString(body));
        Assert.Contains("\r\nContent-Encoding: gzip\r\n", again, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 304 ", unchanged, StringComparison.Ordinal);
        Assert.Contains("\r\nETag: W/\"a\"\r\n", unchanged, StringComparison.Ordinal);
        Assert.Single(Regex.Matches(again, "\r\nVary: "));
        Assert.Single(application.Requests);
    }

    [Fact]
    public async Task Post_ThatSucceeds_MakesWhatIsKeptInvalid()
    {
        await using var application = ScriptedResponder.Start(request =>
            request["REQUEST_METHOD"] == "GET" ? Reply.Text("page").WithHeader("Cache-Control", "max-age=60") : Reply.Status(request["QUERY_STRING"] == "fail" ? 422 : 303));
        await using var gateway = await StartAsync(application);

        foreach (var request in new[] { "GET /page", "GET /page?fail", "POST /page", "POST /page?fail", "GET /page", "GET /page?fail" })
        {
            await gateway.SendAsync(request, request.StartsWith("POST", StringComparison.Ordinal) ? "Content-Length: 0" : "X: y");
        }

        Assert.Equal(["GET ", "GET fail", "POST ", "POST fail", "GET "], application.Requests.Select(request => $"{request["REQUEST_METHOD"]} {request["QUERY_STRING"]}"));
    }

    [Fact]
    public async Task Get_OnlyIfCached_IsAnsweredFromTheCacheOrNotAtAll()
    {
        await using var application = Counting("Cache-Control: max-age=60");
        await using var gateway = await StartAsync(application);

        var (missed, _) = await gateway.SendAsync("GET /page", "Cache-Control: only-if-cached");
        await gateway.SendAsync("GET /page", "Cache-Control: no-store");
        await gateway.SendAsync("GET /page");
        var (hit, _) = await gateway.SendAsync("GET /page", "Cache-Control: only-if-cached");

        Assert.StartsWith("HTTP/1.1 504 ", missed, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", hit, StringComparison.Ordinal);
        Assert.Equal(2, application.Requests.Count);
    }

    [Fact]
    public async Task Get_LibraryThatHidesItsFields_TellsTheCache()
    {
        await using var application = Counting("X-Accel-Expires: 60");
        await using var gateway = await ResponseGateway.StartAsync(
            application.Address, """{ "Caching": { "Policies": { "pages": {} } } }""", Route + """ "FastCgi": { "XSendfileRoots": "/usr/share/nothing" }, """);

        await gateway.SendAsync("GET /page");
        await gateway.SendAsync("GET /page");

        Assert.Single(application.Requests);
    }

    internal static ScriptedResponder Counting(string fields)
    {
        var count = 0;
        return ScriptedResponder.Start(_ =>
        {
            var reply = Reply.Text(string.Create(CultureInfo.InvariantCulture, $"page {Interlocked.Increment(ref count)}"));
            foreach (var field in fields.Split('|'))
            {
                reply = reply.WithHeader(field.Split(": ")[0], field.Split(": ")[1]);
            }

            return reply;
        });
    }

    internal static Task<ResponseGateway> StartAsync(ScriptedResponder application, string policy = "", string more = "")
        => ResponseGateway.StartAsync(application.Address, $$"""{ {{more}} "Caching": { "Policies": { "pages": { {{policy}} } } } }""", Route);
}
