using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Requests;

/// <summary>Raw request targets over real sockets: which script the application is asked to run, if any.</summary>
public class RequestPathTests
{
    [Theory]
    [InlineData("/app.php", "/app.php", "")]
    [InlineData("/%61pp.php", "/app.php", "")]
    [InlineData("/sub/../app.php", "/app.php", "")]
    [InlineData("/sub/%2e%2e/app.php", "/app.php", "")]
    [InlineData("/./app.php/a/../b", "/app.php", "/b")]
    [InlineData("/app.php/a%2Fb", "/app.php", "/a%2Fb")]
    [InlineData("/app.php//x//", "/app.php", "//x//")]
    [InlineData("/app.php/%C3%A9+%20?x", "/app.php", "/é+ ")]
    [InlineData("/app.php/.git", "/app.php", "/.git")]
    [InlineData("/UPPER.PHP", "/UPPER.PHP", "")]
    [InlineData("/.well-known/acme.php", "/.well-known/acme.php", "")]
    public async Task Target_OfAScript_IsDecodedOnceAndSplit(string target, string scriptName, string pathInfo)
    {
        var (status, request, root) = await AskAsync(target);

        Assert.Equal(200, status);
        Assert.Equal(scriptName, request!["SCRIPT_NAME"]);
        Assert.Equal(pathInfo, request["PATH_INFO"]);
        Assert.Equal(root + scriptName, request["SCRIPT_FILENAME"]);
        Assert.Equal(target, request["REQUEST_URI"]);
    }

    [Theory]
    [InlineData("/x.jpg/y.php", 404)]
    [InlineData("/x.jpg%00.php", 400)]
    [InlineData("/app.php%0a", 400)]
    [InlineData("/app.php%0D%0AX", 400)]
    [InlineData("/app.php/%7f", 400)]
    [InlineData("/app.php%09", 400)]
    [InlineData("/..%2fsecret.php", 404)]
    [InlineData("/%2e%2e%2fsecret.php", 404)]
    [InlineData("/..%5csecret.php", 404)]
    [InlineData("/%C0%AE%C0%AE/secret.php", 404)]
    [InlineData("/%C0%AE%C0%AE%C0%AFsecret.php", 404)]
    [InlineData("/%FFapp.php", 404)]
    [InlineData("/app.%EF%BD%90%EF%BD%88%EF%BD%90", 404)]
    [InlineData("/app.%E2%93%9Fhp", 404)]
    [InlineData("/%C8%BA.php/x", 404)]
    [InlineData("/app.php.", 404)]
    [InlineData("/app.php%20", 404)]
    [InlineData("/app.php::$DATA", 404)]
    [InlineData("/directory.php", 404)]
    [InlineData("/directory.php/", 404)]
    [InlineData("/.git/hook.php", 404)]
    [InlineData("/%2egit/hook.php", 404)]
    [InlineData("/.git", 404)]
    [InlineData("//app.php", 404)]
    [InlineData("//sub/", 404)]
    [InlineData("/sub//index.php", 404)]
    public async Task Target_ThatNamesNoScript_NeverReachesTheApplication(string target, int expected)
    {
        var (status, request, _) = await AskAsync(target);

        Assert.Equal(expected, status);
        Assert.Null(request);
    }

    [Fact]
    public async Task Target_OfADirectoryWithoutSlash_IsRedirectedWithItsQuery()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        using var directory = CreateSite();
        await using var proxy = await TestProxy.StartAsync(Json(responder, directory));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync("GET /sub?a=%2F&b HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 308 ", text, StringComparison.Ordinal);
        Assert.Contains("\r\nLocation: /sub/?a=%2F&b\r\n", text, StringComparison.Ordinal);
        Assert.Empty(responder.Requests);
    }

    private static async Task<(int Status, ReceivedRequest? Request, string Root)> AskAsync(string target)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        using var directory = CreateSite();
        await using var proxy = await TestProxy.StartAsync(Json(responder, directory));
        using var client = await proxy.ConnectAsync();
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        var (text, _) = await client.ReadToEndAsync();
        return (int.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), responder.Requests.SingleOrDefault(), directory.Combine("root"));
    }

    private static ProxyJson Json(ScriptedResponder responder, TempDirectory directory)
        => new(responder.Address) { FastCgi = $""" "DocumentRoot": "{directory.Combine("root")}" """ };

    private static TempDirectory CreateSite()
    {
        var directory = new TempDirectory();
        directory.WriteFile("secret.php", "");
        foreach (var file in new[] { "app.php", "UPPER.PHP", "x.jpg", "app.ｐｈｐ", "app.ⓟhp", "app.php.", "app.php ", ".git/hook.php", ".git/index.php", ".well-known/acme.php", "sub/index.php" })
        {
            directory.WriteFile("root/" + file, "");
        }

        directory.CreateDirectory("root/directory.php");
        return directory;
    }
}
