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
    [InlineData("/app.php%00", 400)]
    [InlineData("/app.php%1F", 400)]
    [InlineData("/%0d%0aSet-Cookie:%20a=b", 400)]
    [InlineData("/%2e%2e/%2e%2e/secret.php", 404)]
    [InlineData("/.%2e/secret.php", 404)]
    [InlineData("/..;/secret.php", 404)]
    [InlineData("/sub/..;/app.php", 404)]
    [InlineData("/app.PhP", 404)]
    [InlineData("/app.php;x.php", 404)]
    [InlineData("/app.php%5C", 404)]
    [InlineData("/%E2%80%AEapp.php", 404)]
    [InlineData("/%ED%A0%80app.php", 404)]
    [InlineData("/%F4%90%80%80app.php", 404)]
    [InlineData("/.GIT/hook.php", 404)]
    [InlineData("/.%67it/hook.php", 404)]
    [InlineData("/sub/.well-known/acme.php", 404)]
    [InlineData("/out.php", 404)]
    [InlineData("/out/app.php", 404)]
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
    [InlineData("//sub", 404)]
    [InlineData("/.//sub", 404)]
    [InlineData("//evil.example/..//sub", 404)]
    [InlineData("/sub//", 404)]
    [InlineData("/sub//index.php", 404)]
    public async Task Target_ThatNamesNoScript_NeverReachesTheApplication(string target, int expected)
    {
        var (status, request, _) = await AskAsync(target);

        Assert.Equal(expected, status);
        Assert.Null(request);
    }

    [Theory]
    [InlineData("/sub?a=%2F&b", "/sub/?a=%2F&b")]
    [InlineData("/sub?", "/sub/?")]
    [InlineData("/x/%2e%2e/sub", "/sub/")]
    [InlineData("/%C3%A9t%C3%A9", "/%C3%A9t%C3%A9/")]
    [InlineData("/a%20b%3Fc%23d", "/a%20b%3Fc%23d/")]
    public async Task Target_OfADirectoryWithoutSlash_IsRedirectedWithItsQuery(string target, string location)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        using var directory = CreateSite();
        await using var proxy = await TestProxy.StartAsync(Json(responder, directory));
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.StartsWith("HTTP/1.1 308 ", text, StringComparison.Ordinal);
        Assert.Contains($"\r\nLocation: {location}\r\n", text, StringComparison.Ordinal);
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
        foreach (var file in new[] { "app.php", "UPPER.PHP", "x.jpg", "app.ｐｈｐ", "app.ⓟhp", "app.php.", "app.php ", ".git/hook.php", ".git/index.php", ".well-known/acme.php", "sub/index.php", "\u00e9t\u00e9/index.php", "a b?c#d/index.php", "../outside/app.php" })
        {
            directory.WriteFile("root/" + file, "");
        }

        directory.CreateDirectory("root/directory.php");
        File.CreateSymbolicLink(directory.Combine("root/out.php"), "../outside/app.php");
        Directory.CreateSymbolicLink(directory.Combine("root/out"), "../outside");
        return directory;
    }
}
