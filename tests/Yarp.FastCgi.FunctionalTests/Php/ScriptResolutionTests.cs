using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

public class ScriptResolutionTests
{
    private const string Show =
        "<?php echo implode('|', array_map(fn($name) => $_SERVER[$name] ?? '-', ['SCRIPT_NAME', 'PATH_INFO', 'REQUEST_URI', 'QUERY_STRING', 'SCRIPT_FILENAME']));";

    private const string FrontController = """ "TryFiles": [ "{path}", "{path}/index.php", "/index.php" ] """;

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("/2024/05/post-name/?x=1", "/index.php", "", "x=1")]
    [InlineData("/2024/05/post-name", "/index.php", "", "")]
    [InlineData("/", "/index.php", "", "")]
    [InlineData("/index.php?p=7", "/index.php", "", "p=7")]
    [InlineData("/wp-admin/?page=a", "/wp-admin/index.php", "", "page=a")]
    [InlineData("/wp-login.php", "/wp-login.php", "", "")]
    [InlineData("/caf%C3%A9/%E2%82%AC", "/index.php", "", "")]
    public async Task FrontController_PrettyUrl_ReachesTheRightScript(string target, string scriptName, string pathInfo, string query)
    {
        await using var site = await PhpSite.StartAsync(fastCgi: FrontController);
        site.Write("index.php", Show);
        site.Write("wp-admin/index.php", Show);
        site.Write("wp-login.php", Show);

        Assert.Equal($"{scriptName}|{pathInfo}|{target}|{query}|{site.Fpm.Files.Root}{scriptName}", await site.Client.GetStringAsync(target));
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("/x.jpg/y.php")]
    [InlineData("/x.jpg/y")]
    [InlineData("/x.jpg")]
    public async Task FrontController_PathThroughAFileThatIsNoScript_NeverReachesTheApplication(string target)
    {
        await using var site = await PhpSite.StartAsync(fastCgi: FrontController);
        site.Write("index.php", Show);
        site.Write("x.jpg", Show);

        using var response = await site.Client.GetAsync(target);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task FrontController_DirectoryWithoutSlash_IsRedirected()
    {
        await using var site = await PhpSite.StartAsync(fastCgi: FrontController);
        site.Write("index.php", Show);
        site.Write("wp-admin/index.php", Show);

        using var response = await site.Client.GetAsync("/wp-admin?page=a");

        Assert.Equal(HttpStatusCode.PermanentRedirect, response.StatusCode);
        Assert.Equal("/wp-admin/?page=a", response.Headers.Location!.OriginalString);
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("/app.php/a/b", "/app.php", "/a/b")]
    [InlineData("/app.php", "/app.php", "")]
    [InlineData("/app.php/", "/app.php", "/")]
    [InlineData("/app.php/a.php/b", "/app.php", "/a.php/b")]
    [InlineData("/sub/app.php/a%2Fb", "/sub/app.php", null)]
    public async Task PathInfo_BehindAScript_IsSplitOff(string target, string scriptName, string? pathInfo)
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("app.php", Show);
        site.Write("sub/app.php", Show);

        var seen = (await site.Client.GetStringAsync(target)).Split('|');

        Assert.Equal(scriptName, seen[0]);
        Assert.Equal(target, seen[2]);
        Assert.Equal(site.Fpm.Files.Root + scriptName, seen[4]);
        if (pathInfo is not null)
        {
            Assert.Equal(pathInfo, seen[1]);
        }
    }

    [Theory]
    [InlineData("/x.jpg/y.php")]
    [InlineData("/x.jpg")]
    [InlineData("/missing.php")]
    [InlineData("/missing.php/a/b")]
    [InlineData("/index.php%00.jpg")]
    [InlineData("/index.php%0A")]
    [InlineData("/..%2F..%2Fsecret.php")]
    [InlineData("/sub/..%2f..%2f..%2fsecret.php")]
    [InlineData("/directory.php")]
    public async Task NoScript_Path_NeverReachesTheApplication(string target)
    {
        using var directory = new TempDirectory();
        directory.WriteFile("secret.php", "<?php");
        directory.WriteFile("root/index.php", "<?php");
        directory.WriteFile("root/x.jpg", "<?php an upload");
        directory.CreateDirectory("root/sub");
        directory.CreateDirectory("root/directory.php");
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("reached"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = $""" "DocumentRoot": "{directory.Combine("root")}" """ });
        using var client = await proxy.ConnectAsync();

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.Contains(text.Split(' ')[1], new[] { "400", "403", "404" });
        Assert.Empty(responder.Requests);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task UploadedImage_CalledAsAScript_Is404()
    {
        await using var site = await PhpSite.StartAsync();
        site.Write("x.jpg", "<?php echo 'executed';");

        using var response = await site.Client.GetAsync("/x.jpg/y.php");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.DoesNotContain("executed", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task ScriptFile_AnyPath_IsAnsweredByTheOneScript()
    {
        await using var fpm = await PhpFpm.StartAsync();
        var script = fpm.Files.Write("bin/front.php", Show);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(fpm.Address) { FastCgi = $""" "ScriptFile": "{script}" """ });

        var seen = (await proxy.Client.GetStringAsync("/a/b.jpg?x=1")).Split('|');

        Assert.Equal("/a/b.jpg", seen[1]);
        Assert.Equal("/a/b.jpg?x=1", seen[2]);
        Assert.Equal("x=1", seen[3]);
        Assert.Equal(script, seen[4]);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task LocalRoot_AnotherMountPoint_IsWhereTheFilesAreLookedUp()
    {
        await using var fpm = await PhpFpm.StartAsync();
        fpm.Files.Write("app.php", Show);
        using var directory = new TempDirectory();
        var local = directory.WriteFile("app.php", "seen by the proxy only");
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(fpm.Address)
        {
            FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}", "LocalRoot": "{Path.GetDirectoryName(local)}" """,
        });

        Assert.Equal($"/app.php|/x|/app.php/x||{fpm.Files.Root}/app.php", await proxy.Client.GetStringAsync("/app.php/x"));
        using var missing = await proxy.Client.GetAsync("/only-at-the-application.php");
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Theory]
    [InlineData("/app.php/a/b", "/app.php", "/a/b")]
    [InlineData("/app.PHP/a", "/app.PHP", "/a")]
    [InlineData("/a/", "/a/index.php", "")]
    public async Task AutoWithoutTheFiles_Path_IsSplitByItsText(string target, string scriptName, string pathInfo)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = """ "DocumentRoot": "/root/of/another/machine" """ });

        Assert.Equal("ok", await proxy.Client.GetStringAsync(target));

        var request = Assert.Single(responder.Requests);
        Assert.Equal(scriptName, request["SCRIPT_NAME"]);
        Assert.Equal(pathInfo, request["PATH_INFO"]);
        Assert.Equal("/root/of/another/machine" + scriptName, request["SCRIPT_FILENAME"]);
    }
}
