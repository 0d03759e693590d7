using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Cgi;

/// <summary>Names that are made to mislead, or that must never run.</summary>
public sealed class ScriptResolverSafetyTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("fcgi").FullName;

    public ScriptResolverSafetyTests()
    {
        foreach (var file in new[]
        {
            "index.php", "app.php", "UPPER.PHP", "x.jpg", "fullwidth.ｐｈｐ", "circled.ⓟhp", "app.php.", "app.php ", ".php", ".hidden.php",
            ".git/hook.php", ".git/index.php", ".well-known/acme.php", ".well-known/.secret/x.php", "a/.b/c.php", "admin/index.php", "a%2Fb.php", "sub/x.phps",
        })
        {
            var path = Path.Combine(_root, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, "");
        }

        Directory.CreateDirectory(Path.Combine(_root, "directory.php", "x"));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData("/app.php", "/app.php", "")]
    [InlineData("/UPPER.PHP/x", "/UPPER.PHP", "/x")]
    [InlineData("/app.php/.git/config", "/app.php", "/.git/config")]
    [InlineData("/app.php//x", "/app.php", "//x")]
    [InlineData("/app.php/a%2Fb", "/app.php", "/a%2Fb")]
    [InlineData("/app.php/+ é", "/app.php", "/+ é")]
    [InlineData("/a%2Fb.php", "/a%2Fb.php", "")]
    [InlineData("/.well-known/acme.php", "/.well-known/acme.php", "")]
    [InlineData("/admin/", "/admin/index.php", "")]
    public void Resolve_Script_IsFound(string path, string scriptName, string pathInfo)
    {
        var location = Resolver().Resolve(path);

        Assert.Equal(ScriptOutcome.Script, location.Outcome);
        Assert.Equal((scriptName, pathInfo, _root + scriptName), (location.ScriptName, location.PathInfo, location.ScriptFileName));
    }

    [Theory]
    [InlineData("/missing.php")]
    [InlineData("/x.jpg")]
    [InlineData("/x.jpg/y.php")]
    [InlineData("/directory.php")]
    [InlineData("/directory.php/x")]
    [InlineData("/fullwidth.ｐｈｐ")]
    [InlineData("/circled.ⓟhp")]
    [InlineData("/Ⱥpp.php/x")]
    [InlineData("/app.php.")]
    [InlineData("/app.php ")]
    [InlineData("/app.php./x")]
    [InlineData("/sub/x.phps")]
    [InlineData("/.php")]
    [InlineData("/.hidden.php")]
    [InlineData("/.git/hook.php")]
    [InlineData("/.git/hook.php/info")]
    [InlineData("/.git/")]
    [InlineData("/.git")]
    [InlineData("/a/.b/c.php")]
    [InlineData("/.well-known/.secret/x.php")]
    [InlineData("/a/.well-known/acme.php")]
    [InlineData("//app.php")]
    [InlineData("//app.php/x")]
    [InlineData("//admin/index.php")]
    [InlineData("/admin//index.php")]
    [InlineData("/admin//")]
    [InlineData("/a/b.php")]
    [InlineData("/%61pp.php")]
    [InlineData("/%C0%AE%C0%AE/app.php")]
    public void Resolve_NoScript_IsNoneAlsoByItsDirectory(string path)
    {
        var outcome = Resolver().Resolve(path).Outcome;

        Assert.Contains(outcome, new[] { ScriptOutcome.NotFound, ScriptOutcome.NotAScript });
    }

    [Theory]
    [InlineData("/app.php\0.jpg")]
    [InlineData("/app.php\n")]
    [InlineData("/app.php/\r")]
    [InlineData("/app.php/\u007f")]
    [InlineData("/../app.php")]
    [InlineData("/sub/..")]
    [InlineData("/./app.php")]
    [InlineData("/app.php/..")]
    [InlineData("app.php")]
    [InlineData("")]
    public void Resolve_PathThatNoFileHas_IsInvalidInEveryMode(string path)
    {
        Assert.Equal(ScriptOutcome.InvalidPath, Resolver().Resolve(path).Outcome);
        Assert.Equal(ScriptOutcome.InvalidPath, Splitting("/root/elsewhere").Resolve(path).Outcome);
        Assert.Equal(ScriptOutcome.InvalidPath, WholeTree().Resolve(path).Outcome);
    }

    [Theory]
    [InlineData("/.git/hook.php")]
    [InlineData("/a/.b.php/info")]
    [InlineData("//app.php")]
    [InlineData("/a//b.php")]
    [InlineData("/fullwidth.ｐｈｐ")]
    [InlineData("/app.php.")]
    [InlineData("/.php")]
    public void Resolve_WithoutTheFiles_RunsNoHiddenOrAliasedName(string path)
        => Assert.NotEqual(ScriptOutcome.Script, Splitting("/root/elsewhere").Resolve(path).Outcome);

    [Theory]
    [InlineData("/x\\..\\..\\y.php")]
    [InlineData("/app.php::$DATA/x.php")]
    [InlineData("/dir./x.php")]
    [InlineData("/dir /x.php")]
    public void Resolve_RootOnWindows_RunsNoNameThatStandsForAnother(string path)
    {
        Assert.Equal(ScriptOutcome.NotAScript, Splitting("C:\\www").Resolve(path).Outcome);
        Assert.Equal(ScriptOutcome.Script, Splitting("/www").Resolve(path).Outcome);
    }

    [Theory]
    [InlineData("/.git/hook.php")]
    [InlineData("/.git/")]
    [InlineData("/x.jpg")]
    public void Resolve_FrontController_DoesNotTakeWhatMustNotRun(string path)
        => Assert.Equal(ScriptOutcome.NotAScript, Resolver("{path}", "{path}/index.php", "/index.php").Resolve(path).Outcome);

    [Theory]
    [InlineData("//app.php")]
    [InlineData("//")]
    [InlineData("/.env")]
    [InlineData("/a/b%2Fc")]
    public void Resolve_FrontController_TakesWhatNamesNoFile(string path)
    {
        var location = Resolver("{path}", "{path}/index.php", "/index.php").Resolve(path);

        Assert.Equal((ScriptOutcome.Script, "/index.php"), (location.Outcome, location.ScriptName));
    }

    [Theory]
    [InlineData("/.git/config")]
    [InlineData("//a//b.php")]
    public void Resolve_WholeTree_LeavesNamesToTheApplication(string path)
        => Assert.Equal(path, WholeTree().Resolve(path).PathInfo);

    private static ScriptResolver WholeTree() => Create(new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off });

    private static ScriptResolver Splitting(string root) => Create(new FastCgiClusterOptions { DocumentRoot = root });

    private ScriptResolver Resolver(params string[] tryFiles)
        => Create(new FastCgiClusterOptions { DocumentRoot = _root, TryFiles = tryFiles.Length == 0 ? null : tryFiles });

    private static ScriptResolver Create(FastCgiClusterOptions options) => new(SettingsResolver.Resolve(options).Application);
}
