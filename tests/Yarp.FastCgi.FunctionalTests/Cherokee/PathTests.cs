using Microsoft.AspNetCore.Builder;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Cherokee;

/// <summary>Paths and document roots, as Cherokee's QA has them (docs/cherokee-qa.md).</summary>
public class PathTests
{
    private const string Show = "<?php echo $_SERVER['SCRIPT_NAME'], ' ', $_SERVER['PATH_INFO'];";

    [RequiresProgramTheory(ExternalProgram.PhpCgi)]
    [InlineData(ExternalProgram.PhpFpm, "/pathinfo/test.php", "/param1/param2/param3")]
    [InlineData(ExternalProgram.PhpFpm, "/pathinfo2/deep/deep/test.php", "/param1/param2/param3")]
    [InlineData(ExternalProgram.PhpCgi, "/pathinfo3/test.php", "/param1/param2/param3")]
    public async Task Qa067To069_PathInfo_IsWhatFollowsTheScript(string program, string script, string pathInfo)
    {
        await using var site = await QaSite.StartAsync(program);
        site.Files.Write(script[1..], Show);

        var response = await site.AskAsync($"GET {script}{pathInfo} HTTP/1.0\r\n");

        Assert.Equal($"{script} {pathInfo}", response.Text);
    }

    [RequiresProgramTheory(ExternalProgram.PhpCgi)]
    [InlineData(ExternalProgram.PhpFpm)]
    [InlineData(ExternalProgram.PhpCgi)]
    public async Task Qa103_ScriptName_BeginsWithThePrefixThatIsMapped(string program)
    {
        await using var site = await QaSite.StartAsync(program, """ "DocumentRoot": "{root}/sub/dir" """, options: MountAt("/scriptname_vir"), subdirectory: "sub/dir");
        site.Files.Write("sub/dir/exec.php", Show);

        var response = await site.AskAsync("GET /scriptname_vir/exec.php/this_is_the/path_info HTTP/1.0\r\n");

        Assert.Equal("/scriptname_vir/exec.php /this_is_the/path_info", response.Text);
    }

    [RequiresProgramTheory(ExternalProgram.PhpCgi)]
    [InlineData(ExternalProgram.PhpFpm, "")]
    [InlineData(ExternalProgram.PhpCgi, "")]
    [InlineData(ExternalProgram.PhpFpm, """, "DocumentRoot": "{root}" """)]
    public async Task Qa104And209_ScriptAlias_HasThePathBehindThePrefixAsItsPathInfo(string program, string documentRoot)
    {
        await using var site = await QaSite.StartAsync(program, """ "ScriptFile": "{root}/exec.php" """ + documentRoot, options: MountAt("/alias"));
        site.Files.Write("exec.php", "<?php echo '-', $_SERVER['PATH_INFO'], '-';");

        var response = await site.AskAsync("GET /alias/this_is_the/path_info HTTP/1.0\r\n");

        Assert.Equal("-/this_is_the/path_info-", response.Text);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa193_DocumentRootOfARoute_IsWhereItsScriptsAre()
    {
        await using var site = await QaSite.StartAsync(fastCgi: """ "DocumentRoot": "{root}/outside" """, options: MountAt("/php_dir"), subdirectory: "outside");
        site.Files.Write("outside/index.php", "<?php /* This is a comment */ echo $_SERVER['DOCUMENT_ROOT'];");

        var response = await site.AskAsync("GET /php_dir/index.php HTTP/1.0\r\n");

        Assert.Equal(site.Files.Root + "/outside", response.Text);
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("/php_checkfile/internal/test.php", 200)]
    [InlineData("/php_checkfile/internal/missing.php", 404)]
    public async Task Qa251_DocumentRootAndCheckOfTheFile_OnlyScriptsThatExistAreRun(string target, int expected)
    {
        await using var site = await QaSite.StartAsync(
            fastCgi: """ "DocumentRoot": "{root}/outside", "CheckFile": "on" """, options: MountAt("/php_checkfile"), subdirectory: "outside");
        site.Files.Write("outside/internal/test.php", "<?php /* This is a comment */ echo 'checked';");

        var response = await site.AskAsync($"GET {target} HTTP/1.0\r\nHost: test251\r\n");

        Assert.Equal(expected, response.Status);
        Assert.Equal(expected == 200 ? "checked" : "", response.Text);
    }

    [RequiresProgramTheory(ExternalProgram.PhpCgi)]
    [InlineData(ExternalProgram.PhpFpm, "/foo.bar/this.thing/a.b.c.d")]
    [InlineData(ExternalProgram.PhpCgi, "/foo.bar/this.thing/a.b.c.d")]
    [InlineData(ExternalProgram.PhpFpm, "/")]
    [InlineData(ExternalProgram.PhpCgi, "/")]
    public async Task Qa219And220_DotsInPathInfoAndASlashAlone_ArePathInfo(string program, string pathInfo)
    {
        await using var site = await QaSite.StartAsync(program);
        site.Files.Write("dots/index.php", Show);

        var response = await site.AskAsync($"GET /dots/index.php{pathInfo} HTTP/1.0\r\n");

        Assert.Equal("/dots/index.php " + pathInfo, response.Text);
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("utf8-pathinfo1", "/ḈḨeṜṒḲḚḜ/supports/ṷẗḟ8")]
    [InlineData("设为首", "/Ĥēĺļŏ/Ŵőřļď")]
    public async Task Qa241And242_Utf8InThePath_IsDecodedForScriptAndPathInfo(string directory, string pathInfo)
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write(directory + "/test.php", Show);

        var escaped = await site.AskAsync($"GET {Uri.EscapeDataString($"/{directory}/test.php{pathInfo}").Replace("%2F", "/", StringComparison.Ordinal)} HTTP/1.0\r\n");
        var raw = await site.AskAsync($"GET /{directory}/test.php{pathInfo} HTTP/1.0\r\n");

        Assert.Equal($"/{directory}/test.php {pathInfo}", System.Text.Encoding.UTF8.GetString(escaped.Body));
        Assert.Equal(400, raw.Status);
    }

    /// <summary>What a rule of Cherokee for a directory does: the prefix is no part of the path that is looked up.</summary>
    private static Func<TestProxyOptions, TestProxyOptions> MountAt(string prefix) => options => options with
    {
        App = app =>
        {
            app.UsePathBase(prefix);
            app.UseRouting();
        },
    };
}
