using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Requests;

public class RootSymlinkTests
{
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
