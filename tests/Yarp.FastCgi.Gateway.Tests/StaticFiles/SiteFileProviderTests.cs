using Yarp.FastCgi.Gateway.StaticFiles;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.StaticFiles;

public sealed class SiteFileProviderTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly string _root;
    private readonly SiteFileProvider _provider;

    public SiteFileProviderTests()
    {
        _root = _directory.CreateDirectory("root");
        _provider = new SiteFileProvider(_root);
    }

    [Theory]
    [InlineData("style.css")]
    [InlineData("deep/er/logo.png")]
    [InlineData(".well-known/security.txt")]
    public void GetFileInfo_PublicFile_Exists(string path)
    {
        _directory.WriteFile($"root/{path}", "content");

        var file = _provider.GetFileInfo($"/{path}");

        Assert.True(file.Exists);
        Assert.Equal("content", File.ReadAllText(file.PhysicalPath!));
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
    public void GetFileInfo_HiddenFile_DoesNotExist(string path)
    {
        _directory.WriteFile($"root/{path}", "secret");

        Assert.False(_provider.GetFileInfo($"/{path}").Exists);
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
    public void GetFileInfo_NoFileBelowTheRoot_DoesNotExist(string subpath)
    {
        _directory.WriteFile("secret.txt", "secret");
        _directory.CreateDirectory("root/a");

        Assert.False(_provider.GetFileInfo(subpath).Exists);
    }

    [Fact]
    public void GetFileInfo_FileWithASlashBehindItsName_DoesNotExist()
    {
        _directory.WriteFile("root/.well-known/token", "token");

        Assert.True(_provider.GetFileInfo("/.well-known/token").Exists);
        Assert.False(_provider.GetFileInfo("/.well-known/token/").Exists);
    }

    [Fact]
    public void GetFileInfo_LinkToFileOutside_DoesNotExist()
    {
        File.CreateSymbolicLink(Path.Combine(_root, "link.txt"), _directory.WriteFile("secret.txt", "secret"));

        Assert.False(_provider.GetFileInfo("/link.txt").Exists);
    }

    [Fact]
    public void GetFileInfo_BelowLinkToDirectoryOutside_DoesNotExist()
    {
        _directory.WriteFile("outside/secret.txt", "secret");
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), "../outside");

        Assert.False(_provider.GetFileInfo("/link/secret.txt").Exists);
    }

    [Fact]
    public void GetFileInfo_LinkToDirectoryWhoseNameBeginsLikeTheRoot_DoesNotExist()
    {
        _directory.WriteFile("root-2/secret.txt", "secret");
        Directory.CreateSymbolicLink(Path.Combine(_root, "link"), "../root-2");

        Assert.False(_provider.GetFileInfo("/link/secret.txt").Exists);
    }

    [Fact]
    public void GetFileInfo_LinkToScriptInside_DoesNotExist()
    {
        _directory.WriteFile("root/config.php", "<?php secret");
        File.CreateSymbolicLink(Path.Combine(_root, "readme.txt"), "config.php");

        Assert.False(_provider.GetFileInfo("/readme.txt").Exists);
    }

    [Fact]
    public void GetFileInfo_HiddenNameOfALinkToAPublicFile_DoesNotExist()
    {
        _directory.WriteFile("root/style.css", "css");
        File.CreateSymbolicLink(Path.Combine(_root, "style.php.css"), "style.css");

        Assert.False(_provider.GetFileInfo("/style.php.css").Exists);
    }

    [Fact]
    public void GetFileInfo_LinkToPublicFileInside_Exists()
    {
        _directory.WriteFile("root/v2/style.css", "css");
        Directory.CreateSymbolicLink(Path.Combine(_root, "current"), "v2");

        Assert.True(_provider.GetFileInfo("/current/style.css").Exists);
    }

    [Fact]
    public void GetFileInfo_RootIsALinkThatIsSwitched_ServesTheNewDirectory()
    {
        _directory.WriteFile("releases/1/style.css", "one");
        _directory.WriteFile("releases/2/style.css", "two");
        var current = _directory.Combine("current");
        Directory.CreateSymbolicLink(current, "releases/1");
        using var provider = new SiteFileProvider(current);
        Assert.Equal("one", File.ReadAllText(provider.GetFileInfo("/style.css").PhysicalPath!));

        Directory.Delete(current);
        Directory.CreateSymbolicLink(current, "releases/2");

        Assert.Equal("two", File.ReadAllText(provider.GetFileInfo("/style.css").PhysicalPath!));
    }

    [Fact]
    public void GetDirectoryContents_Always_ListsNothing()
    {
        _directory.WriteFile("root/style.css", "css");

        Assert.False(_provider.GetDirectoryContents("/").Exists);
    }

    public void Dispose()
    {
        _provider.Dispose();
        _directory.Dispose();
    }
}
