using System.Text;
using CsCheck;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Requests;

/// <summary>Any request target over a real socket: what holds for the answer, for what the application sees, and for the request behind it.</summary>
public sealed class RequestTargetPropertyTests : IDisposable
{
    private const string Unseen = "/no/such/root";
    private const string Inside = "inside";

    private readonly TempDirectory _site = new();

    public RequestTargetPropertyTests()
    {
        foreach (var file in new[]
        {
            "app.php", "index.php", "UPPER.PHP", "x.jpg", "app.ｐｈｐ", "app.ⓟhp", "Ⱥ.php", "app.php.", "app.php ", "app.php~", ".git/hook.php", ".git/index.php", ".well-known/acme.php", "sub/index.php", "sub/app.php",
        })
        {
            _site.WriteFile("root/" + file, Inside);
        }

        _site.CreateDirectory("root/directory.php");
        File.CreateSymbolicLink(_site.Combine("root/link.php"), "app.php");
        File.CreateSymbolicLink(_site.Combine("root/leak.php"), _site.WriteFile("secret.php", "outside"));
        Directory.CreateSymbolicLink(_site.Combine("root/leak"), "..");
    }

    private string Root => _site.Combine("root");

    public void Dispose() => _site.Dispose();

    [Fact]
    public Task Target_Any_RunsOnlyScriptsOfTheRoot() => CheckAsync(Root, "");

    [Fact]
    public Task Target_AnyWithFrontController_RunsOnlyScriptsOfTheRoot() => CheckAsync(Root, """, "TryFiles": [ "{path}", "{path}/index.php", "/index.php{path}" ] """);

    [Fact]
    public Task Target_AnyOfFilesThatAreNotSeenHere_RunsOnlyNamesOfScripts() => CheckAsync(Unseen, "");

    private async Task CheckAsync(string root, string options)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = $""" "DocumentRoot": "{root}" {options}""" });
        var client = await proxy.ConnectAsync();
        try
        {
            await TargetGen.Any.SampleAsync(
                async target =>
                {
                    var known = responder.Requests.Count;
                    var response = await AskAsync(client, target);
                    var reached = responder.Requests.Skip(known).ToArray();

                    Assert.True(response.IsComplete, $"{response.StatusLine} is cut short.");
                    Assert.Contains(response.Status, new[] { 200, 308, 400, 404 });
                    Assert.Equal(response.Status == 200 ? 1 : 0, reached.Length);
                    Assert.All(reached, request => CheckScript(request, target, root));

                    if (response.Values("Connection").Contains("close"))
                    {
                        client.Dispose();
                        client = await proxy.ConnectAsync();
                    }

                    Assert.Equal(200, (await AskAsync(client, "/app.php?next")).Status);
                    Assert.Equal("/app.php?next", responder.Requests[^1]["REQUEST_URI"]);
                },
                iter: 300,
                threads: 1);
        }
        finally
        {
            client.Dispose();
        }
    }

    private static async Task<RawHttpResponse> AskAsync(RawHttpConnection client, string target)
    {
        await client.SendAsync(Encoding.Latin1.GetBytes($"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        return await RawHttpResponse.ReadAsync(client);
    }

    private static void CheckScript(ReceivedRequest request, string target, string root)
    {
        var script = request["SCRIPT_FILENAME"]!;
        Assert.Equal(target, request.Param("REQUEST_URI")!.Latin1);
        Assert.Equal(root + request["SCRIPT_NAME"], script);
        Assert.Equal(script, Path.GetFullPath(script));
        Assert.StartsWith(root + "/", script, StringComparison.Ordinal);
        Assert.True(Ascii.EqualsIgnoreCase(request.Param("SCRIPT_FILENAME")!.Bytes.Span[^4..], ".php"u8), script);
        Assert.DoesNotContain("/.", script.Replace("/.well-known/", "/", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.All(["SCRIPT_NAME", "PATH_INFO", "DOCUMENT_URI"], name => Assert.DoesNotContain(request[name]!, c => c is < ' ' or '\x7F'));
        Assert.Equal(request["SCRIPT_NAME"] + request["PATH_INFO"], request["DOCUMENT_URI"]);
        Assert.True(root == Unseen || File.ReadAllText(script) == Inside, script);
    }
}
