using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Sites;

/// <summary>Sites of a configuration file.</summary>
public sealed class SiteTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ScriptedResponder _application = ScriptedResponder.Start(request => Reply.Text($"{request["SCRIPT_FILENAME"]}|{request["SCRIPT_NAME"]}|{request["PATH_INFO"]}"));

    private string Root => _directory.Combine("root");

    public Task InitializeAsync()
    {
        _directory.CreateDirectory("root");
        return Task.CompletedTask;
    }

    public async Task DisposeAsync() => await _application.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task ThreeLines_AreAWorkingSite()
    {
        Write("index.php");
        Write("a.css", "css");
        await using var gateway = await StartAsync($$"""{ "site": { "Preset": "wordpress", "Root": "{{Root}}", "App": "{{_application.Address}}" } }""");

        Assert.Equal($"{Root}/index.php|/index.php|", await gateway.Http1.GetStringAsync("/hello/"));
        Assert.Equal("css", await gateway.Http1.GetStringAsync("/a.css"));
    }

    [Fact]
    public async Task Hosts_SeveralSites_EachHasItsOwnFilesAndScripts()
    {
        _directory.WriteFile("one/a.css", "one");
        _directory.WriteFile("one/index.php", "");
        _directory.WriteFile("two/a.css", "two");
        await using var gateway = await StartAsync(
            $$"""
            {
              "one": { "Preset": "php", "Root": "{{_directory.Combine("one")}}", "App": "{{_application.Address}}", "Hosts": [ "one.example", "www.one.example" ] },
              "two": { "Preset": "php", "Root": "{{_directory.Combine("two")}}", "App": "{{_application.Address}}", "Hosts": "two.example" }
            }
            """);

        Assert.Equal("one", await AskAsync(gateway, "/a.css", "one.example"));
        Assert.Equal("one", await AskAsync(gateway, "/a.css", "www.one.example"));
        Assert.Equal("two", await AskAsync(gateway, "/a.css", "two.example"));
        Assert.Equal($"{_directory.Combine("one")}/index.php|/index.php|", await AskAsync(gateway, "/x", "one.example"));
        Assert.Equal("404", await AskAsync(gateway, "/x", "two.example"));
        Assert.Equal("404", await AskAsync(gateway, "/a.css", "three.example"));
    }

    [Theory]
    [InlineData("/shop/", "{root}/index.php|/shop/index.php|")]
    [InlineData("/shop/cart.php/1", "{root}/cart.php|/shop/cart.php|/1")]
    [InlineData("/shop/a.css", "css")]
    [InlineData("/SHOP/a.css", "css")]
    [InlineData("/shop", "308 /shop/")]
    [InlineData("/shop?a=1", "308 /shop/?a=1")]
    [InlineData("/shopping", "404")]
    [InlineData("/a.css", "404")]
    public async Task Path_MountsTheSiteBelowIt(string target, string expected)
    {
        Write("index.php");
        Write("cart.php");
        Write("a.css", "css");
        await using var gateway = await StartAsync($$"""{ "shop": { "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}", "Path": "/shop/" } }""");

        Assert.Equal(expected.Replace("{root}", Root, StringComparison.Ordinal), await AskAsync(gateway, target));
    }

    [Theory]
    [InlineData("00:00:00", "css")]
    [InlineData("00:01:00", "{root}/index.php|/index.php|")]
    public async Task NewFile_OfAPathThatTheApplicationAnswered_IsSentWhenThatHoldsNoMore(string maxAge, string expected)
    {
        Write("index.php");
        await using var gateway = await StartAsync($$"""{ "shop": { "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}", "TryFiles": [ "{path}", "/index.php" ], "FastCgi": { "CheckFileMaxAge": "{{maxAge}}" } } }""");
        Assert.Equal($"{Root}/index.php|/index.php|", await AskAsync(gateway, "/a.css"));

        Write("a.css", "css");

        Assert.Equal(expected.Replace("{root}", Root, StringComparison.Ordinal), await AskAsync(gateway, "/a.css"));
    }

    [Fact]
    public async Task ReverseProxySection_BesideSites_IsServedToo()
    {
        Write("index.php");
        await using var gateway = await StartAsync(
            $$"""{ "site": { "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}" } }""",
            $$"""
            , "ReverseProxy": {
              "Routes": { "api": { "ClusterId": "api", "Match": { "Path": "/api/{**path}" } } },
              "Clusters": { "api": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "off" }, "Destinations": { "a": { "Address": "{{_application.Address}}" } } } }
            }
            """);

        Assert.Equal("|/api/1", Tail(await gateway.Http1.GetStringAsync("/api/1")));
        Assert.Equal($"{Root}/index.php|/index.php|", await gateway.Http1.GetStringAsync("/other"));
    }

    [Fact]
    public async Task Answers_AreGivenByTheGateway()
    {
        Write("index.php");
        Write("gone/a.css", "css");
        await using var gateway = await StartAsync(
            $$"""
            {
              "site": {
                "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}",
                "Answers": [
                  { "Match": "/old/", "Status": 301, "Location": "{scheme}://{host}/new{query}" },
                  { "Match": [ "/gone/", "*.asp" ], "Status": 410 },
                  { "Match": "/same/", "Status": 302, "Location": "/moved{uri}" }
                ]
              }
            }
            """);

        Assert.Equal("301 http://a.example/new?x=%20y", await AskAsync(gateway, "/old/page?x=%20y", "a.example"));
        Assert.Equal("302 /moved/same/%C3%A9?b", await AskAsync(gateway, "/same/%C3%A9?b"));
        Assert.Equal("410", await AskAsync(gateway, "/gone/a.css"));
        Assert.Equal("410", await AskAsync(gateway, "/x/y.ASP"));
        Assert.Empty(_application.Requests);
    }

    [Theory]
    [InlineData("/wiki/Page", "{root}/index.php|/index.php|")]
    [InlineData("/page/a", "{root}/index.php|/index.php|/page/a")]
    [InlineData("/a.css", "css")]
    [InlineData("/missing.css", "404")]
    [InlineData("/missing", "{root}/index.php|/index.php|")]
    [InlineData("/open/a", "{root}/index.php|/index.php|")]
    [InlineData("/closed/a", "403")]
    public async Task Answers_RulesThatGoOn_DecideHow(string target, string expected)
    {
        Write("index.php");
        Write("a.css", "css");
        await using var gateway = await StartAsync(
            $$"""
            {
              "site": {
                "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}",
                "Answers": [
                  { "Match": "/wiki/", "Rewrite": "/index.php" }, { "Match": "/page/", "Rewrite": "/index.php{path}" }, { "Match": "*.css", "FilesOnly": true },
                  { "Match": "/open/" }, { "Match": [ "/open/", "/closed/" ], "Status": 403 }
                ]
              }
            }
            """);

        Assert.Equal(expected.Replace("{root}", Root, StringComparison.Ordinal), await AskAsync(gateway, target));
    }

    [Fact]
    public async Task App_None_IsFilesAndAnswersAlone()
    {
        Write("a.css", "css");
        await using var gateway = await StartAsync($$"""{ "site": { "Root": "{{Root}}", "App": "none", "Answers": [ { "Match": "/old", "Status": 301, "Location": "https://{host}{uri}" } ] } }""");

        Assert.Equal("css", await AskAsync(gateway, "/a.css"));
        Assert.Equal("301 https://a.example/old?b", await AskAsync(gateway, "/old?b", "a.example"));
        Assert.Equal("404", await AskAsync(gateway, "/x.php"));
    }

    [Fact]
    public async Task Denied_OverridesAndKeepsThoseOfThePreset()
    {
        Write("index.php");
        Write("private/a.css", "css");
        Write("readme.html", "css");
        await using var gateway = await StartAsync(
            $$"""{ "site": { "Preset": "wordpress", "Root": "{{Root}}", "App": "{{_application.Address}}", "Denied": [ "{preset}", "/private/" ] } }""");

        Assert.Equal("404", await AskAsync(gateway, "/private/a.css"));
        Assert.Equal("404", await AskAsync(gateway, "/PRIVATE/a.css"));
        Assert.Equal("404", await AskAsync(gateway, "/readme.html"));
        Assert.Empty(_application.Requests);
    }

    [Fact]
    public async Task Denied_IndexOfADirectory_IsDeniedByItsOwnName()
    {
        Write("docs/index.html", "secret");
        await using var gateway = await StartAsync($$"""{ "site": { "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}", "Denied": "*.html" } }""");

        Assert.Equal("404", await AskAsync(gateway, "/docs/"));
    }

    [Fact]
    public async Task Headers_AreOfFilesAndOfScriptsThatDoNotSetThem()
    {
        Write("index.php");
        Write("a.css", "css");
        await using var application = ScriptedResponder.Start(static _ => Reply.Text("x").WithHeader("X-Own", "application"));
        await using var gateway = await StartAsync(
            $$"""{ "site": { "Preset": "php", "Root": "{{Root}}", "App": "{{application.Address}}", "Headers": { "X-Own": "site", "X-Frame-Options": "DENY" } } }""");

        using var script = await gateway.Http1.GetAsync("/");
        using var file = await gateway.Http1.GetAsync("/a.css");

        Assert.Equal(["application"], script.Headers.GetValues("X-Own"));
        Assert.Equal(["DENY"], script.Headers.GetValues("X-Frame-Options"));
        Assert.Equal(["site"], file.Headers.GetValues("X-Own"));
    }

    [Fact]
    public async Task Static_FirstRuleThatMatches_GivesItsFields()
    {
        Write("assets/a.css", "css");
        Write("b.css", "css");
        Write("c.txt", "txt");
        await using var gateway = await StartAsync(
            $$"""
            {
              "site": {
                "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}",
                "Static": [ { "Match": "/assets/", "CacheControl": "immutable", "Headers": { "X-A": "1" } }, { "Match": "*.css", "CacheControl": "no-cache" } ]
              }
            }
            """);

        using var asset = await gateway.Http1.GetAsync("/assets/a.css");
        using var style = await gateway.Http1.GetAsync("/b.css");
        using var text = await gateway.Http1.GetAsync("/c.txt");

        Assert.Equal(["immutable"], asset.Headers.GetValues("Cache-Control"));
        Assert.Equal(["1"], asset.Headers.GetValues("X-A"));
        Assert.Equal(["no-cache"], style.Headers.GetValues("Cache-Control"));
        Assert.False(text.Headers.Contains("Cache-Control"));
    }

    [Fact]
    public async Task Precompressed_Copy_IsSentWithTheTypeOfTheOriginalAndATagOfItsOwn()
    {
        Write("a.css", "body { color: red }");
        var copy = Path.Combine(Root, "a.css.gz");
        await using (var gzip = new GZipStream(File.Create(copy), CompressionLevel.Optimal))
        {
            await gzip.WriteAsync(Encoding.UTF8.GetBytes("body { color: red }"));
        }

        await using var gateway = await StartAsync($$"""{ "site": { "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}" } }""");

        using var plain = await gateway.Http1.GetAsync("/a.css");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/a.css");
        request.Headers.AcceptEncoding.ParseAdd("gzip");
        using var compressed = await gateway.Http1.SendAsync(request);
        using var again = new HttpRequestMessage(HttpMethod.Get, "/a.css");
        again.Headers.AcceptEncoding.ParseAdd("gzip");
        again.Headers.IfNoneMatch.Add(compressed.Headers.ETag!);
        using var unchanged = await gateway.Http1.SendAsync(again);
        using var plainAgain = new HttpRequestMessage(HttpMethod.Get, "/a.css");
        plainAgain.Headers.IfNoneMatch.Add(compressed.Headers.ETag!);
        using var changed = await gateway.Http1.SendAsync(plainAgain);

        Assert.Equal(["gzip"], compressed.Content.Headers.ContentEncoding);
        Assert.Equal(await File.ReadAllBytesAsync(copy), await compressed.Content.ReadAsByteArrayAsync());
        Assert.Empty(plain.Content.Headers.ContentEncoding);
        Assert.Equal("body { color: red }", await plain.Content.ReadAsStringAsync());
        Assert.NotEqual(plain.Headers.ETag, compressed.Headers.ETag);
        Assert.EndsWith("-gzip\"", compressed.Headers.ETag!.Tag, StringComparison.Ordinal);
        Assert.All([plain, compressed, unchanged], response => Assert.Equal(["Accept-Encoding"], response.Headers.Vary));
        Assert.All([plain, compressed], response => Assert.Equal("text/css", response.Content.Headers.ContentType?.MediaType));
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
    }

    [Fact]
    public async Task Range_OfACompressedCopy_IsOfItsBytes()
    {
        Write("a.js", "original");
        Write("a.js.br", "compressed");
        await using var gateway = await StartAsync($$"""{ "site": { "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}" } }""");

        using var request = new HttpRequestMessage(HttpMethod.Get, "/a.js");
        request.Headers.AcceptEncoding.ParseAdd("br");
        request.Headers.Range = new RangeHeaderValue(0, 3);
        using var response = await gateway.Http1.SendAsync(request);

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal("comp", await response.Content.ReadAsStringAsync());
        Assert.Equal(10, response.Content.Headers.ContentRange?.Length);
    }

    [Fact]
    public async Task MaxRequestBodySize_LongerBody_Is413()
    {
        Write("index.php");
        await using var gateway = await StartAsync($$"""{ "site": { "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}", "MaxRequestBodySize": "1K" } }""");

        using var fits = await gateway.Http1.PostAsync("/", new ByteArrayContent(new byte[1024]));
        using var refused = await gateway.Http1.PostAsync("/", new ByteArrayContent(new byte[1025]));

        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, refused.StatusCode);
    }

    [Fact]
    public async Task App_SeveralAddresses_AreDestinations()
    {
        await using var other = ScriptedResponder.Start(static _ => Reply.Text("other"));
        await using var gateway = await StartAsync(
            $$"""{ "site": { "App": [ "{{_application.Address}}", "{{other.Address}}" ], "Cluster": { "LoadBalancingPolicy": "RoundRobin" } } }""");

        var answers = new HashSet<string> { await gateway.Http1.GetStringAsync("/a"), await gateway.Http1.GetStringAsync("/a") };

        Assert.Equal(2, answers.Count);
        Assert.Contains("other", answers);
    }

    [Fact]
    public async Task Change_OfTheFile_ChangesTheSiteAndABadOneDoesNot()
    {
        Write("a.css", "css");
        string Sites(string denied) => $$"""{ "site": { "Preset": "php", "Root": "{{Root}}", "App": "{{_application.Address}}", "Denied": "{{denied}}" } }""";
        await using var gateway = await StartAsync(Sites("/none"));
        Assert.Equal("css", await AskAsync(gateway, "/a.css"));

        WriteConfiguration(Sites("/a.css"));
        await Eventually.UntilAsync(async () => await AskAsync(gateway, "/a.css") == "404", "the changed site to be served");

        WriteConfiguration(Sites("a/b"));
        await gateway.Logs.WaitForAsync("'Gateway:Sites:site:Denied' has 'a/b'");
        Assert.Equal("404", await AskAsync(gateway, "/a.css"));
    }

    [Fact]
    public async Task Change_OfAPresetsFile_ChangesTheSite()
    {
        Write("a.css", "css");
        var preset = _directory.WriteFile("own.json", """{ "Denied": [ "/none" ] }""");
        await using var gateway = await StartAsync($$"""{ "site": { "Preset": "{{preset}}", "Root": "{{Root}}", "App": "{{_application.Address}}" } }""");
        Assert.Equal("css", await AskAsync(gateway, "/a.css"));

        File.WriteAllText(preset, """{ "Denied": [ "/a.css" ] }""");

        await Eventually.UntilAsync(async () => await AskAsync(gateway, "/a.css") == "404", "the changed preset to be used");
    }

    [RequiresProgramFact(ExternalProgram.PhpCgi)]
    public async Task Interpreter_WithoutApp_IsStartedOnAPrivateSocket()
    {
        Write("index.php", "<?php echo 'children ', getenv('PHP_FCGI_CHILDREN');");
        await using var gateway = await RunningGateway.StartAsync("--root", Root, "--interpreter", $"{ExternalProgram.Find(ExternalProgram.PhpCgi)} -b {{address}}");

        Assert.Equal("children 8", await gateway.Http1.GetStringAsync("/"));
    }

    [RequiresProgramFact(ExternalProgram.PhpCgi)]
    public async Task Interpreter_OfASiteThatIsAddedLater_IsStartedToo()
    {
        Write("index.php", "<?php echo 'ran';");
        Write("a.css", "css");
        await using var gateway = await StartAsync($$"""{ "site": { "Preset": "php", "Root": "{{Root}}", "App": "none" } }""");
        Assert.Equal("404", await AskAsync(gateway, "/"));

        WriteConfiguration($$"""{ "site": { "Preset": "php", "Root": "{{Root}}", "Interpreter": "{{ExternalProgram.Find(ExternalProgram.PhpCgi)}} -b {address}" } }""");

        await Eventually.UntilAsync(async () => await AskAsync(gateway, "/") == "ran", "the program to be started");
    }

    [RequiresProgramFact(ExternalProgram.PhpCgi)]
    public async Task Interpreter_WithoutAddressInItsCommand_GetsItsSocketAsDescriptor0()
    {
        Write("index.php", "<?php echo 'ran';");
        var program = ExternalProgram.Find(ExternalProgram.PhpCgi);
        await using var gateway = await StartAsync($$"""{ "site": { "Preset": "php", "Root": "{{Root}}", "App": "unix:{{_directory.Combine("own.sock")}}", "Interpreter": "{{program}}" } }""");

        Assert.Equal("ran", await gateway.Http1.GetStringAsync("/"));
        Assert.True(File.Exists(_directory.Combine("own.sock")));
    }

    private static string Tail(string answer) => answer[answer.IndexOf('|', StringComparison.Ordinal)..].Replace("||", "|", StringComparison.Ordinal);

    private static async Task<string> AskAsync(RunningGateway gateway, string target, string? host = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        request.Headers.Host = host;
        using var response = await gateway.Http1.SendAsync(request);
        return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync()
            : string.Create(CultureInfo.InvariantCulture, $"{(int)response.StatusCode} {response.Headers.Location?.OriginalString}").TrimEnd();
    }

    private void Write(string path, string content = "<?php") => _directory.WriteFile($"root/{path}", content);

    private string WriteConfiguration(string sites, string more = "") => _directory.WriteFile("gateway.json", $$"""{ "Gateway": { "Sites": {{sites}} }{{more}} }""");

    private Task<RunningGateway> StartAsync(string sites, string more = "") => RunningGateway.StartAsync("--config", WriteConfiguration(sites, more));
}
