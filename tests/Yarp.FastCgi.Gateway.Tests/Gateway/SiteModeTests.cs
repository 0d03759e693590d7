using System.Net;
using System.Net.Http.Headers;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>The gateway with --root and --app.</summary>
public sealed class SiteModeTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ScriptedResponder _application = ScriptedResponder.Start(request =>
        Reply.Text($"{request["SCRIPT_FILENAME"]}|{request["SCRIPT_NAME"]}|{request["PATH_INFO"]}"));

    private string Root => _directory.Combine("root");

    public Task InitializeAsync()
    {
        _directory.CreateDirectory("root");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _application.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Get_StaticFile_IsServedByTheGateway()
    {
        Write("css/style.css", "body {}");
        await using var gateway = await StartAsync();

        using var response = await gateway.Http1.GetAsync("/css/style.css");

        Assert.Equal("body {}", await response.Content.ReadAsStringAsync());
        Assert.Equal("text/css", response.Content.Headers.ContentType?.MediaType);
        Assert.Empty(_application.Requests);
    }

    [Fact]
    public async Task Get_UnchangedStaticFile_Is304()
    {
        Write("style.css", "body {}");
        await using var gateway = await StartAsync();
        using var first = await gateway.Http1.GetAsync("/style.css");

        using var request = new HttpRequestMessage(HttpMethod.Get, "/style.css");
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await gateway.Http1.SendAsync(request);

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public async Task Get_RangeOfStaticFile_IsPartial()
    {
        Write("file.txt", "0123456789");
        await using var gateway = await StartAsync();

        using var request = new HttpRequestMessage(HttpMethod.Get, "/file.txt");
        request.Headers.Range = new RangeHeaderValue(2, 4);
        using var response = await gateway.Http1.SendAsync(request);

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("234", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Get_Script_RunsAndIsNotShown()
    {
        Write("app.php", "<?php secret");
        await using var gateway = await StartAsync();

        Assert.Equal($"{Root}/app.php|/app.php|/a/b", await gateway.Http1.GetStringAsync("/app.php/a/b"));
    }

    [Theory]
    [InlineData("/2024/05/post-name/?x=1")]
    [InlineData("/no/such/style.css")]
    [InlineData("/")]
    public async Task Get_NoFile_ReachesTheFrontController(string path)
    {
        Write("index.php", "<?php");
        await using var gateway = await StartAsync();

        Assert.StartsWith($"{Root}/index.php|/index.php|", await gateway.Http1.GetStringAsync(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_NoFileAndNoFrontController_Is404()
    {
        Write("other.php", "<?php");
        await using var gateway = await StartAsync();

        using var response = await gateway.Http1.GetAsync("/missing");

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Empty(_application.Requests);
    }

    [Theory]
    [InlineData(".env", "/.env")]
    [InlineData(".git/config", "/.git/config")]
    [InlineData("lib/x.inc", "/lib/x.inc")]
    [InlineData("x.php~", "/x.php~")]
    [InlineData("x.phtml", "/x.phtml")]
    [InlineData("x.PHP.bak", "/x.PHP.bak")]
    [InlineData("dump.sql", "/dump.sql")]
    [InlineData("../secret.txt", "/..%2fsecret.txt")]
    [InlineData("../secret.txt", "/%2e%2e/secret.txt")]
    public async Task Get_HiddenFile_IsNeverShown(string file, string path)
    {
        Write("index.php", "<?php");
        Write(file, "secret");
        await using var gateway = await StartAsync();

        using var response = await gateway.Http1.GetAsync(path);

        Assert.DoesNotContain("secret", await BodyAsync(response), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//.env")]
    [InlineData("/.//.env")]
    [InlineData("/%2eenv")]
    [InlineData("/%2Eenv")]
    [InlineData("/css/../.env")]
    [InlineData("/css/%2e%2e/.env")]
    [InlineData("/css/..%2f.env")]
    [InlineData("/css/..%5c.env")]
    [InlineData("/css/.hidden/a.css")]
    [InlineData("/.env%00.txt")]
    [InlineData("/public.txt%00.php")]
    [InlineData("/.env%0a")]
    [InlineData("/%C0%AE%C0%AE/outside.txt")]
    [InlineData("/..%2foutside.txt")]
    [InlineData("/..%5coutside.txt")]
    [InlineData("/.%2e/outside.txt")]
    [InlineData("//outside.txt")]
    [InlineData("/linked/outside.txt")]
    [InlineData("/linked.txt")]
    [InlineData("/script.PHP")]
    [InlineData("/script.php%20")]
    [InlineData("/script.php.")]
    [InlineData("/script.php/.txt")]
    [InlineData("/script.php%2f.txt")]
    [InlineData("/script.php;.txt")]
    [InlineData("/script.php::$DATA")]
    [InlineData("/script.%EF%BD%90hp")]
    [InlineData("/css/")]
    [InlineData("/css")]
    public async Task Get_TargetThatMisleads_ShowsNothingSecret(string target)
    {
        _directory.WriteFile("outside.txt", "secret");
        foreach (var file in new[] { ".env", "css/.hidden/a.css", "script.php", "script.PHP", "script.php ", "script.php.", "script.\uFF50hp", "css/a.css" })
        {
            Write(file, "secret");
        }

        Write("public.txt", "public");
        Directory.CreateSymbolicLink(Path.Combine(Root, "linked"), "..");
        File.CreateSymbolicLink(Path.Combine(Root, "linked.txt"), "../outside.txt");
        await using var gateway = await StartAsync();
        using var client = await RawHttpConnection.ConnectAsync(gateway.EndPoint);

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.Matches("^HTTP/1.1 (200|308|400|404) ", text);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);

        // The application may only be asked for a script by its own name.
        Assert.All(_application.Requests, request => Assert.Equal($"{Root}/script.php", request["SCRIPT_FILENAME"], ignoreCase: true));
    }

    [Theory]
    [InlineData("/public.txt")]
    [InlineData("/%70ublic.txt")]
    [InlineData("/./public.txt")]
    [InlineData("/css/../public.txt")]
    [InlineData("/inside.txt")]
    public async Task Get_TargetOfAStaticFile_IsDecodedOnce(string target)
    {
        Write("public.txt", "public");
        Write("css/a.css", "");
        File.CreateSymbolicLink(Path.Combine(Root, "inside.txt"), "public.txt");
        await using var gateway = await StartAsync();
        using var client = await RawHttpConnection.ConnectAsync(gateway.EndPoint);

        await client.SendAsync($"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();

        Assert.EndsWith("\r\n\r\npublic", text, StringComparison.Ordinal);
        Assert.Empty(_application.Requests);
    }

    [Fact]
    public async Task Get_LinkToTheOutside_IsNeverShown()
    {
        _directory.WriteFile("secret.txt", "secret");
        File.CreateSymbolicLink(Path.Combine(Root, "link.txt"), "../secret.txt");
        await using var gateway = await StartAsync();

        using var response = await gateway.Http1.GetAsync("/link.txt");

        Assert.DoesNotContain("secret", await BodyAsync(response), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_ToPathOfStaticFile_IsNotTheGatewaysToAnswer()
    {
        Write("style.css", "body {}");
        await using var gateway = await StartAsync();

        using var response = await gateway.Http1.PostAsync("/style.css", new StringContent("x"));

        Assert.NotEqual("body {}", await response.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Get_WithoutRoot_EveryPathReachesTheApplication()
    {
        await using var gateway = await RunningGateway.StartAsync("--app", _application.Address);

        Assert.Equal("||/polls/1", (await gateway.Http1.GetStringAsync("/polls/1")).Replace("/polls/1||", "||", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("iso-8859-1")]
    [InlineData("utf-8")]
    public async Task Get_HeaderBytesBeyondAscii_PassBothWays(string encoding)
    {
        const string Name = "caf\u00e9";
        var bytes = System.Text.Encoding.GetEncoding(encoding).GetBytes(Name);
        var latin1 = System.Text.Encoding.Latin1.GetString(bytes);
        await using var application = ScriptedResponder.Start(_ => Reply.Text("x").WithHeader("X-Name", latin1));
        await using var gateway = await RunningGateway.StartAsync("--app", application.Address);
        using var connection = await RawHttpConnection.ConnectAsync(gateway.EndPoint);

        await connection.SendAsync((byte[])[.. "GET / HTTP/1.1\r\nHost: localhost\r\nX-Name: "u8, .. bytes, .. "\r\n\r\n"u8]);

        Assert.Contains($"\r\nX-Name: {latin1}\r\n", await connection.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(bytes, application.Requests.Single().Param("HTTP_X_NAME")!.Bytes.ToArray());
    }

    private static async Task<string> BodyAsync(HttpResponseMessage response) => await response.Content.ReadAsStringAsync();

    private void Write(string path, string content) => _directory.WriteFile($"root/{path}", content);

    private Task<RunningGateway> StartAsync() => RunningGateway.StartAsync("--root", Root, "--app", _application.Address);
}
