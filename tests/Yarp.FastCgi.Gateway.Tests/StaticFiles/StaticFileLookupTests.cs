using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.StaticFiles;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Gateway.Tests.StaticFiles;

public sealed class StaticFileLookupTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly string _root;

    public StaticFileLookupTests()
    {
        _root = _directory.CreateDirectory("root");
    }

    [Theory]
    [InlineData("style.css")]
    [InlineData("deep/er/logo.png")]
    [InlineData(".well-known/security.txt")]
    public void Find_PublicFile_IsFound(string path)
    {
        _directory.WriteFile($"root/{path}", "content");

        Assert.Equal("content", File.ReadAllText(Find($"/{path}").File!));
    }

    [Theory]
    [InlineData(".env")]
    [InlineData(".git/config")]
    [InlineData("x.php")]
    [InlineData("x.PHP")]
    [InlineData("x.phtml")]
    [InlineData("x.inc")]
    [InlineData("x.php~")]
    [InlineData("dir/.user.ini")]
    public void Find_HiddenFile_IsNone(string path)
    {
        _directory.WriteFile($"root/{path}", "secret");

        Assert.Null(Find($"/{path}").File);
    }

    [Theory]
    [InlineData("/../secret.txt")]
    [InlineData("/a/../../secret.txt")]
    [InlineData("/..\\secret.txt")]
    [InlineData("//secret.txt")]
    [InlineData("/missing.txt")]
    [InlineData("/a")]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("/a\0.txt")]
    public void Find_NoFileBelowTheRoot_IsNone(string subpath)
    {
        _directory.WriteFile("secret.txt", "secret");
        _directory.CreateDirectory("root/a");

        Assert.Null(Find(subpath).File);
    }

    [Fact]
    public void Find_FileWithASlashBehindItsName_IsNone()
    {
        _directory.WriteFile("root/.well-known/token", "token");

        Assert.NotNull(Find("/.well-known/token").File);
        Assert.Null(Find("/.well-known/token/").File);
    }

    [Fact]
    public void Find_LinkToFileOutside_IsNone()
    {
        File.CreateSymbolicLink(Path.Combine(_root, "link.txt"), _directory.WriteFile("secret.txt", "secret"));

        Assert.Null(Find("/link.txt").File);
    }

    [Fact]
    public void Find_BelowLinkToDirectoryOutside_IsNone()
    {
        _directory.WriteFile("outside/secret.txt", "secret");
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), "../outside");

        Assert.Null(Find("/link/secret.txt").File);
    }

    [Fact]
    public void Find_LinkToDirectoryWhoseNameBeginsLikeTheRoot_IsNone()
    {
        _directory.WriteFile("root-2/secret.txt", "secret");
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), "../root-2");

        Assert.Null(Find("/link/secret.txt").File);
    }

    [Fact]
    public void Find_LinkToScriptInside_IsNone()
    {
        _directory.WriteFile("root/config.php", "<?php secret");
        File.CreateSymbolicLink(Path.Combine(_root, "readme.txt"), "config.php");

        Assert.Null(Find("/readme.txt").File);
    }

    [Fact]
    public void Find_HiddenNameOfALinkToAPublicFile_IsNone()
    {
        _directory.WriteFile("root/style.css", "css");
        File.CreateSymbolicLink(Path.Combine(_root, "style.php.css"), "style.css");

        Assert.Null(Find("/style.php.css").File);
    }

    [Fact]
    public void Find_LinkToPublicFileInside_IsFound()
    {
        _directory.WriteFile("root/v2/style.css", "css");
        Directory.CreateSymbolicLink(Path.Combine(_root, "current"), "v2");

        Assert.NotNull(Find("/current/style.css").File);
    }

    [Fact]
    public void Find_RootIsALinkThatIsSwitched_ServesTheNewDirectory()
    {
        _directory.WriteFile("releases/1/style.css", "one");
        _directory.WriteFile("releases/2/style.css", "two");
        var current = _directory.Combine("current");
        Directory.CreateSymbolicLink(current, "releases/1");
        var lookup = Lookup(new FastCgiClusterOptions { DocumentRoot = current });
        Assert.Equal("one", File.ReadAllText(lookup.Find("/style.css").File!));

        Directory.Delete(current);
        Directory.CreateSymbolicLink(current, "releases/2");

        Assert.Equal("two", File.ReadAllText(lookup.Find("/style.css").File!));
    }

    [Theory]
    [InlineData("/", "index.html", false)]
    [InlineData("/docs/", "docs/index.html", false)]
    [InlineData("/docs", "docs/index.html", true)]
    [InlineData("/both/", null, false)]
    [InlineData("/app/", null, false)]
    [InlineData("/empty/", null, false)]
    public void Find_Directory_IsItsFirstIndex(string path, string? file, bool needsSlash)
    {
        foreach (var name in new[] { "index.html", "docs/index.html", "both/index.php", "both/index.html", "app/index.php", "empty/x.txt" })
        {
            _directory.WriteFile($"root/{name}", "");
        }

        var target = Lookup(new FastCgiClusterOptions { DocumentRoot = _root, Index = ["index.php", "index.html"] }).Find(path);

        Assert.Equal(file is null ? null : Path.Combine(_root, file), target.File);
        Assert.Equal(needsSlash, target.NeedsSlash);
    }

    [Theory]
    [InlineData("/page", "page.html")]
    [InlineData("/page.html", "page.html")]
    [InlineData("/script", null)]
    [InlineData("/script.php", null)]
    [InlineData("/script.php/info", null)]
    [InlineData("/notes", null)]
    [InlineData("/missing", "shell.html")]
    [InlineData("/missing.css", "shell.html")]
    public void Find_TryFiles_IsTheFirstThatExistsAndAScriptIsNot(string path, string? file)
    {
        foreach (var name in new[] { "page.html", "script.php", "script.html", "notes", "shell.html" })
        {
            _directory.WriteFile($"root/{name}", "");
        }

        var lookup = Lookup(new FastCgiClusterOptions { DocumentRoot = _root, TryFiles = ["{path}", "{path}.php", "{path}.html", "/shell.html"] });

        Assert.Equal(file is null ? null : Path.Combine(_root, file), lookup.Find(path).File);
    }

    [Fact]
    public void Find_OtherScriptExtensions_AreNoFiles()
    {
        _directory.WriteFile("root/app.html", "");
        _directory.WriteFile("root/app.HTML", "");
        var lookup = Lookup(new FastCgiClusterOptions { DocumentRoot = _root, ScriptExtensions = [".html"] });

        Assert.Null(lookup.Find("/app.html").File);
        Assert.Null(lookup.Find("/app.HTML").File);
    }

    [Theory]
    [InlineData("/static/a.css", "a.css")]
    [InlineData("/static/sub/b.css", "sub/b.css")]
    [InlineData("/static/.env", null)]
    [InlineData("/static/settings.py", null)]
    [InlineData("/static/link.txt", null)]
    [InlineData("/static/", null)]
    [InlineData("/static", null)]
    [InlineData("/staticfile.css", null)]
    [InlineData("/static//a.css", null)]
    [InlineData("/root.css", null)]
    public void Find_Alias_IsInItsDirectory(string path, string? file)
    {
        foreach (var name in new[] { "files/a.css", "files/sub/b.css", "files/.env", "files/settings.py", "root/root.css", "root/staticfile.css", "secret.txt" })
        {
            _directory.WriteFile(name, "");
        }

        File.CreateSymbolicLink(_directory.Combine("files/link.txt"), "../secret.txt");
        var application = Application(new FastCgiClusterOptions { DocumentRoot = _root, CheckFile = FastCgiCheckFile.Off });
        var lookup = new StaticFileLookup(application, rootFiles: false, new Dictionary<string, string> { ["/static/"] = _directory.Combine("files") });

        Assert.Equal(file is null ? null : _directory.Combine($"files/{file}"), lookup.Find(path).File);
    }

    public void Dispose() => _directory.Dispose();

    private static StaticFileLookup Lookup(FastCgiClusterOptions options)
        => new(Application(options), rootFiles: true, new Dictionary<string, string>());

    private static ApplicationSettings Application(FastCgiClusterOptions options)
        => SettingsResolver.ResolveApplication(new ClusterConfig { ClusterId = "php" }.WithFastCgi(options).Metadata, routeMetadata: null);

    private StaticTarget Find(string path) => Lookup(new FastCgiClusterOptions { DocumentRoot = _root }).Find(path);
}
