using System.Net;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Responses;

public class LocalRedirectTests
{
    private const string OneConnection = """ "MaxConnections": 1 """;

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Location_PathAlone_IsAnsweredByThatPath(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(request =>
            request["PATH_INFO"] == "/target é" ? Reply.Status(203, body: "answer").WithHeader("X-A", "1") : Redirect("/target%20%C3%A9?x=1&y=%2F"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = OneConnection }.On(path));

        using var message = new HttpRequestMessage(HttpMethod.Post, "/form%20page?a=b") { Content = new StringContent("body") };
        message.Headers.Add("X-Kept", "yes");
        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal((HttpStatusCode)203, response.StatusCode);
        Assert.Equal("answer", await response.Content.ReadAsStringAsync());
        Assert.Null(response.Headers.Location);
        Assert.Equal("1", Assert.Single(response.Headers.GetValues("X-A")));

        Assert.Equal(2, responder.Requests.Count);
        var first = responder.Requests[0];
        Assert.Equal(("POST", "4", "200"), (first["REQUEST_METHOD"], first["CONTENT_LENGTH"], first["REDIRECT_STATUS"]));
        Assert.Null(first["REDIRECT_URL"]);
        Assert.Null(first["REDIRECT_QUERY_STRING"]);
        var second = responder.Requests[1];
        Assert.Equal(("GET", "x=1&y=%2F"), (second["REQUEST_METHOD"], second["QUERY_STRING"]));
        Assert.Equal(("/form page", "a=b", "200"), (second["REDIRECT_URL"], second["REDIRECT_QUERY_STRING"], second["REDIRECT_STATUS"]));
        Assert.Equal("/form%20page?a=b", second["REQUEST_URI"]);
        Assert.Equal("yes", second["HTTP_X_KEPT"]);
        Assert.Null(second["CONTENT_LENGTH"]);
        Assert.Null(second["CONTENT_TYPE"]);
        Assert.Equal(0, second.StdinLength);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Location_OptionOff_Is302(ForwardingPath path)
    {
        await using var responder = ScriptedResponder.Start(_ => Redirect("/target"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = """ "CheckFile": "off", "LocalRedirect": false """ }.On(path));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal("/target", response.Headers.Location?.OriginalString);
        Assert.Single(responder.Requests);
    }

    [Theory]
    [InlineData("Location: http://other/\r\n\r\n", "302 Found")]
    [InlineData("Location: //other/x\r\n\r\n", "302 Found")]
    [InlineData("Location: /\\other/x\r\n\r\n", "302 Found")]
    [InlineData("Location: relative\r\n\r\n", "302 Found")]
    [InlineData("Location: ?query\r\n\r\n", "302 Found")]
    [InlineData("Location:\r\n\r\n", "302 Found")]
    [InlineData("Location: /x#fragment\r\n\r\n", "302 Found")]
    [InlineData("Location: /a b\r\n\r\n", "302 Found")]
    [InlineData("Location: /../x\r\n\r\n", "302 Found")]
    [InlineData("Location: /a/%2e%2e/x\r\n\r\n", "302 Found")]
    [InlineData("Location: /a%00.php\r\n\r\n", "302 Found")]
    [InlineData("Location: /a%0d%0aX\r\n\r\n", "302 Found")]
    [InlineData("Location: *\r\n\r\n", "302 Found")]
    [InlineData("Location: /x\r\nSet-Cookie: a=b\r\n\r\n", "302 Found")]
    [InlineData("Location: /x\r\nLocation: /y\r\n\r\n", "302 Found")]
    [InlineData("Location: /x\r\nContent-Type: text/plain\r\n\r\n", "302 Found")]
    [InlineData("Location: /x\r\nContent-Length: 0\r\n\r\n", "302 Found")]
    [InlineData("Status: 302\r\nLocation: /x\r\n\r\n", "302 Found")]
    [InlineData("Status: 201\r\nLocation: /x\r\n\r\n", "201 Created")]
    public async Task Location_NotALocalRedirect_IsPassedOn(string head, string status)
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stdout(head), Wire.EndRequest()));

        Assert.Equal("HTTP/1.1 " + status, exchange.StatusLine);
        Assert.Contains("\r\nLocation:", exchange.Head, StringComparison.Ordinal);
        Assert.Equal(PeerClose.Graceful, exchange.Close);
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, false)]
    [InlineData(ForwardingPath.Direct, true)]
    [InlineData(ForwardingPath.Messages, false)]
    [InlineData(ForwardingPath.Messages, true)]
    public async Task Location_WithABody_IsPassedOnWithIt(ForwardingPath path, bool inOneRecord)
    {
        byte[][] records = inOneRecord ? [Wire.Stdout("Location: /x\r\n\r\nmoved")] : [Wire.Stdout("Location: /x\r\n\r\n"), Wire.Stdout("mov"), Wire.Stdout("ed")];
        var sent = 0;
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            foreach (var record in records)
            {
                await connection.SendRawAsync(record);
                sent++;
            }

            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal("/x", response.Headers.Location?.OriginalString);
        Assert.Equal("moved", await response.Content.ReadAsStringAsync());
        Assert.Equal(records.Length, sent);
    }

    [Fact]
    public async Task Location_TheEndLost_Is502()
    {
        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("Location: /x\r\n\r\n");
        });

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
    }

    [Fact]
    public async Task Location_EndWithoutEndRequest_IsFollowed()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var request = await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(request["PATH_INFO"] == "/x" ? "X-A: 1\r\n\r\nfound" : "Location: /x\r\n\r\n");
            await connection.EndStdoutAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        Assert.Equal("found", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Location_OverAKeptConnection_ReusesIt()
    {
        await using var responder = ScriptedResponder.Start(request => request["PATH_INFO"] == "/x" ? Reply.Text("found") : Redirect("/x"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00" """ });

        Assert.Equal("found", await proxy.Client.GetStringAsync("/"));

        Assert.Equal(2, responder.Requests.Count);
        Assert.Equal(1, responder.AcceptedConnections);
    }

    [Theory]
    [InlineData(10, "200 OK")]
    [InlineData(11, "502 Bad Gateway")]
    public async Task Location_ManyInARow_AreFollowedTenTimes(int redirects, string status)
    {
        await using var responder = ScriptedResponder.Start(request =>
            request["QUERY_STRING"] == redirects.ToString(System.Globalization.CultureInfo.InvariantCulture)
                ? Reply.Text("end")
                : Redirect("/next?" + (int.Parse("0" + request["QUERY_STRING"], System.Globalization.CultureInfo.InvariantCulture) + 1)));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = OneConnection });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 " + status, text, StringComparison.Ordinal);
        Assert.Equal(11, responder.Requests.Count);
        Assert.Equal(redirects == 11, proxy.Logs.Ours.Any(entry => entry.Message.Contains("LocalRedirect: false", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Location_ForHead_IsFollowedWithoutABody()
    {
        await using var responder = ScriptedResponder.Start(request => request["PATH_INFO"] == "/x" ? Reply.Text("found") : Redirect("/x"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        using var response = await proxy.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/"));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/plain", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Location_NamesNoScript_Is404()
    {
        using var root = new TempDirectory();
        await File.WriteAllTextAsync(root.Combine("index.php"), "");
        await using var responder = ScriptedResponder.Start(_ => Redirect("/missing.php"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = $""" "DocumentRoot": "{root.Path}" """ });

        using var response = await proxy.Client.GetAsync("/index.php");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Single(responder.Requests);
    }

    [Fact]
    public async Task Location_NamesADirectory_RedirectsTheClientToItsSlash()
    {
        using var root = new TempDirectory();
        await File.WriteAllTextAsync(root.Combine("index.php"), "");
        Directory.CreateDirectory(root.Combine("sub dir"));
        await File.WriteAllTextAsync(root.Combine("sub dir/index.php"), "");
        await using var responder = ScriptedResponder.Start(_ => Redirect("/sub%20dir?x=1"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = $""" "DocumentRoot": "{root.Path}" """ });

        using var response = await proxy.Client.GetAsync("/index.php?y=2");

        Assert.Equal(HttpStatusCode.PermanentRedirect, response.StatusCode);
        Assert.Equal("/sub%20dir/?x=1", response.Headers.Location?.OriginalString);
    }

    [Theory]
    [InlineData("/mount/x", 2)]
    [InlineData("/mounted/x", 1)]
    [InlineData("/elsewhere", 1)]
    public async Task Location_BehindAPrefix_IsFollowedInsideTheMountOnly(string location, int requests)
    {
        await using var responder = ScriptedResponder.Start(request => request["PATH_INFO"] == "/x" ? Reply.Text("found") : Redirect(location));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { Route = """ "Transforms": [ { "PathRemovePrefix": "/mount" } ] """ });

        using var response = await proxy.Client.GetAsync("/mount/start");

        Assert.Equal(requests, responder.Requests.Count);
        Assert.Equal(requests == 2 ? HttpStatusCode.OK : HttpStatusCode.Found, response.StatusCode);
        Assert.All(responder.Requests, request => Assert.Equal("/mount", request["SCRIPT_NAME"]));
    }

    private static Reply Redirect(string location) => Reply.Empty.WithHeader("Location", location);
}
