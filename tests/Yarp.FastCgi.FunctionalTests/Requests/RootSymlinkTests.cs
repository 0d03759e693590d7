using System.Net;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Requests;

public class RootSymlinkTests
{
    [Theory]
    [InlineData("/out.php")]
    [InlineData("/out/app.php/x")]
    public async Task Script_LinkOutOfTheRoot_Is404NamingTheOptionThatAllowsIt(string target)
    {
        using var directory = new TempDirectory();
        directory.WriteFile("outside/app.php", "");
        directory.CreateDirectory("root");
        File.CreateSymbolicLink(directory.Combine("root/out.php"), "../outside/app.php");
        Directory.CreateSymbolicLink(directory.Combine("root/out"), "../outside");
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request["SCRIPT_FILENAME"]!));
        var root = $""" "DocumentRoot": "{directory.Combine("root")}" """;
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = root });

        using var refused = await proxy.Client.GetAsync(target);

        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        Assert.Empty(responder.Requests);
        var entry = Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "ScriptOutsideRoot");
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Contains($"'{target}' on route 'site'", entry.Message, StringComparison.Ordinal);
        Assert.Contains("ScriptsOutsideRoot: true", entry.Message, StringComparison.Ordinal);

        Assert.Null(await proxy.ReloadAsync(new ProxyJson(responder.Address) { FastCgi = root + """, "ScriptsOutsideRoot": true """ }));
        Assert.Equal(directory.Combine("root") + target.Replace("/x", "", StringComparison.Ordinal), await proxy.Client.GetStringAsync(target));
    }

    [Fact]
    public async Task ResolveRootSymlink_Deployment_SwitchesScriptAndRootTogether()
    {
        using var directory = new TempDirectory();
        directory.WriteFile("one/app.php", "");
        directory.WriteFile("two/app.php", "");
        Directory.CreateSymbolicLink(directory.Combine("current"), directory.Combine("one"));
        await using var responder = ScriptedResponder.Start(request => Reply.Text($"{request["DOCUMENT_ROOT"]}|{request["SCRIPT_FILENAME"]}|{request["PATH_TRANSLATED"]}"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = $""" "DocumentRoot": "{directory.Combine("current")}", "ResolveRootSymlink": true """,
        });

        Assert.Equal(Expected("one"), await proxy.Client.GetStringAsync("/app.php/x"));
        File.Delete(directory.Combine("current"));
        Directory.CreateSymbolicLink(directory.Combine("current"), directory.Combine("two"));

        // The link is looked at again when a second has passed.
        await Eventually.UntilAsync(
            async () => await proxy.Client.GetStringAsync("/app.php/x") == Expected("two"),
            "the new release to be served");
        Assert.All(responder.Requests, request => Assert.StartsWith(request["DOCUMENT_ROOT"] + "/", request["SCRIPT_FILENAME"], StringComparison.Ordinal));

        string Expected(string release) => $"{directory.Combine(release)}|{directory.Combine(release)}/app.php|{directory.Combine(release)}/x";
    }
}
