using CsCheck;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Cgi;

public sealed class ScriptResolverTests : IDisposable
{
    private static readonly string[] FrontController = ["{path}", "{path}/index.php", "/index.php"];

    private readonly TempDirectory _directory = new();

    public ScriptResolverTests()
    {
        foreach (var file in new[] { "index.php", "app.php", "UPPER.PHP", "x.jpg", "sub/index.php", "sub/a.php", "docs/index.html", "a.php/b.php", "v1.2/x.y/c.php" })
        {
            _directory.WriteFile("root/" + file, "");
        }

        _directory.CreateDirectory("root/empty");
        _directory.CreateDirectory("root/directory.php");
        _directory.WriteFile("secret.php", "");
    }

    private string Root => _directory.Combine("root");

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("/app.php", "/app.php", "")]
    [InlineData("/app.php/a/b", "/app.php", "/a/b")]
    [InlineData("/app.php/", "/app.php", "/")]
    [InlineData("/app.php/c.php/d", "/app.php", "/c.php/d")]
    [InlineData("/a.php/b.php/c", "/a.php/b.php", "/c")]
    [InlineData("/v1.2/x.y/c.php/d.e/f", "/v1.2/x.y/c.php", "/d.e/f")]
    [InlineData("/UPPER.PHP", "/UPPER.PHP", "")]
    [InlineData("/", "/index.php", "")]
    [InlineData("/sub/", "/sub/index.php", "")]
    [InlineData("/sub/a.php/x", "/sub/a.php", "/x")]
    public void Resolve_CheckedScript_IsFoundAndSplit(string path, string scriptName, string pathInfo)
        => AssertScript(Checked().Resolve(path), scriptName, pathInfo, Root + scriptName);

    [Theory]
    [InlineData("/missing.php", nameof(ScriptOutcome.NotFound))]
    [InlineData("/missing.php/a", nameof(ScriptOutcome.NotFound))]
    [InlineData("/directory.php", nameof(ScriptOutcome.NotFound))]
    [InlineData("/directory.php/", nameof(ScriptOutcome.NotFound))]
    [InlineData("/empty/", nameof(ScriptOutcome.NotFound))]
    [InlineData("/empty", nameof(ScriptOutcome.NotFound))]
    [InlineData("/.php", nameof(ScriptOutcome.NotFound))]
    [InlineData("/app.php.", nameof(ScriptOutcome.NotFound))]
    [InlineData("/app.ｐｈｐ", nameof(ScriptOutcome.NotFound))]
    [InlineData("/ȺȺȺapp.php", nameof(ScriptOutcome.NotFound))]
    [InlineData("/x.jpg", nameof(ScriptOutcome.NotAScript))]
    [InlineData("/x.jpg/y.php", nameof(ScriptOutcome.NotAScript))]
    [InlineData("/x.jpg/y", nameof(ScriptOutcome.NotAScript))]
    [InlineData("/sub", nameof(ScriptOutcome.DirectoryWithoutSlash))]
    [InlineData("/../secret.php", nameof(ScriptOutcome.InvalidPath))]
    [InlineData("/sub/../../secret.php", nameof(ScriptOutcome.InvalidPath))]
    [InlineData("/./app.php", nameof(ScriptOutcome.InvalidPath))]
    [InlineData("/app.php/..", nameof(ScriptOutcome.InvalidPath))]
    [InlineData("/app.php\0.jpg", nameof(ScriptOutcome.InvalidPath))]
    [InlineData("/app.php\n", nameof(ScriptOutcome.InvalidPath))]
    [InlineData("/app.php\u007F", nameof(ScriptOutcome.InvalidPath))]
    [InlineData("app.php", nameof(ScriptOutcome.InvalidPath))]
    [InlineData("*", nameof(ScriptOutcome.InvalidPath))]
    [InlineData("", nameof(ScriptOutcome.InvalidPath))]
    public void Resolve_CheckedPathToNoScript_SaysWhy(string path, string outcome)
        => Assert.Equal(outcome, Checked().Resolve(path).Outcome.ToString());

    [Theory]
    [InlineData("/2024/05/post-name/", "/index.php", "")]
    [InlineData("/app.php/a", "/app.php", "/a")]
    [InlineData("/sub/", "/sub/index.php", "")]
    [InlineData("/empty/", "/index.php", "")]
    [InlineData("/missing.php", "/index.php", "")]
    public void Resolve_TryFiles_TakesTheFirstThatNamesAScript(string path, string scriptName, string pathInfo)
        => AssertScript(Checked(FrontController).Resolve(path), scriptName, pathInfo, Root + scriptName);

    [Fact]
    public void Resolve_TryFiles_PathBehindTheFrontController_IsItsPathInfo()
        => AssertScript(Checked("{path}", "/index.php{path}").Resolve("/a/b"), "/index.php", "/a/b", Root + "/index.php");

    [Theory]
    [InlineData("/sub", nameof(ScriptOutcome.DirectoryWithoutSlash))]
    [InlineData("/x.jpg", nameof(ScriptOutcome.NotAScript))]
    [InlineData("/x.jpg/y.php", nameof(ScriptOutcome.NotAScript))]
    public void Resolve_TryFiles_FrontControllerIsNotAskedForFilesAndDirectories(string path, string outcome)
        => Assert.Equal(outcome, Checked(FrontController).Resolve(path).Outcome.ToString());

    [Theory]
    [InlineData("/", "/index.php", "")]
    [InlineData("/sub/", "/sub/index.php", "")]
    [InlineData("/empty/", "/app.php", "/empty/")]
    [InlineData("/empty", "/app.php", "/empty")]
    [InlineData("/missing/", "/app.php", "/missing/")]
    [InlineData("/app.php/x", "/app.php", "/x")]
    [InlineData("/sub/a.php/", "/sub/a.php", "/")]
    public void Resolve_TryFilesWithADirectory_TakesItsIndex(string path, string scriptName, string pathInfo)
        => AssertScript(Checked("{path}", "{path}/", "/app.php{path}").Resolve(path), scriptName, pathInfo, Root + scriptName);

    [Fact]
    public void Resolve_TryFilesWithADirectoryNamedWithoutItsSlash_AsksForTheSlash()
        => Assert.Equal(ScriptOutcome.DirectoryWithoutSlash, Checked("{path}", "{path}/", "/app.php").Resolve("/sub").Outcome);

    [Theory]
    [InlineData("/anything", "/sub/index.php")]
    [InlineData("/", "/sub/index.php")]
    public void Resolve_TryFilesEndsWithADirectory_TakesItsIndex(string path, string scriptName)
        => AssertScript(Checked("{path}", "/sub/").Resolve(path), scriptName, "", Root + scriptName);

    [Theory]
    [InlineData("/docs/", nameof(ScriptOutcome.NotAScript))]
    [InlineData("/docs", nameof(ScriptOutcome.NotAScript))]
    public void Resolve_TryFilesWithADirectoryWhoseIndexIsNoScript_RunsNothing(string path, string outcome)
    {
        var options = new FastCgiClusterOptions { DocumentRoot = Root, TryFiles = ["{path}", "{path}/", "/app.php"], Index = ["index.php", "index.html"] };

        Assert.Equal(outcome, Create(options).Resolve(path).Outcome.ToString());
    }

    [Fact]
    public void Resolve_LocalRootIsElsewhere_NamesTheScriptAsTheApplicationSeesIt()
    {
        var resolver = Create(new FastCgiClusterOptions { DocumentRoot = "/srv/www", LocalRoot = Root });

        AssertScript(resolver.Resolve("/app.php/a"), "/app.php", "/a", "/srv/www/app.php");
        Assert.Equal(ScriptOutcome.NotFound, resolver.Resolve("/other.php").Outcome);
    }

    [Theory]
    [InlineData("/any.php", "/any.php", "")]
    [InlineData("/any.php/a.php/b", "/any.php", "/a.php/b")]
    [InlineData("/ANY.PhP/a", "/ANY.PhP", "/a")]
    [InlineData("/dir/", "/dir/index.php", "")]
    public void Resolve_FilesNotVisibleHere_SplitsBehindTheExtension(string path, string scriptName, string pathInfo)
        => AssertScript(Unseen().Resolve(path), scriptName, pathInfo, "/not/here" + scriptName);

    [Theory]
    [InlineData("/x.jpg")]
    [InlineData("/.php")]
    [InlineData("/dir/.php/a")]
    [InlineData("/x.ｐｈｐ/a")]
    [InlineData("/x.ⓟhp")]
    [InlineData("/x.phpK")]
    [InlineData("/x.php7")]
    public void Resolve_FilesNotVisibleHere_NoScriptExtensionInThePath_IsNotFound(string path)
        => Assert.Equal(ScriptOutcome.NotFound, Unseen().Resolve(path).Outcome);

    [Theory]
    [InlineData("/x.KS/a", true)]
    [InlineData("/x.\u212As/a", false)]
    [InlineData("/x.k\u017F/a", false)]
    public void Resolve_LookAlikeOfAnAsciiLetter_IsNoScriptExtension(string path, bool isScript)
    {
        var resolver = Create(new FastCgiClusterOptions { DocumentRoot = "/not/here", ScriptExtensions = [".ks"] });

        Assert.Equal(isScript ? ScriptOutcome.Script : ScriptOutcome.NotFound, resolver.Resolve(path).Outcome);
    }

    [Theory]
    [InlineData("/2024/05/post-name/", "/index.php")]
    [InlineData("/", "/index.php")]
    [InlineData("/wp-login.php", "/wp-login.php")]
    public void Resolve_FilesNotVisibleHere_TheFrontControllerTakesTheRest(string path, string scriptName)
        => AssertScript(Unseen(FrontController).Resolve(path), scriptName, "", "/not/here" + scriptName);

    [Theory]
    [InlineData("/dir/", "/dir/index.php", "{path}", "{path}/")]
    [InlineData("/dir/", "/app.php", "{path}", "{path}/", "/app.php")]
    [InlineData("/x", "/sub/index.php", "{path}", "/sub/")]
    public void Resolve_FilesNotVisibleHereAndTryFilesWithADirectory_TakesItsIndex(string path, string scriptName, params string[] tryFiles)
        => AssertScript(Unseen(tryFiles).Resolve(path), scriptName, "", "/not/here" + scriptName);

    [Theory]
    [InlineData("/")]
    [InlineData("/a/b.php/c")]
    public void Resolve_ApplicationServesTheTree_ThePathIsPathInfo(string path)
    {
        var resolver = Create(new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off });

        Assert.True(resolver.ServesWholeTree);
        AssertScript(resolver.Resolve(path), "", path, path);
    }

    [Fact]
    public void Resolve_OneScript_ThePathIsPathInfo()
    {
        AssertScript(Create(new FastCgiClusterOptions { ScriptFile = "/usr/lib/report.cgi" }).Resolve("/a"), "", "/a", "/usr/lib/report.cgi");
        Assert.Equal(
            ScriptOutcome.NotFound,
            Create(new FastCgiClusterOptions { ScriptFile = "/usr/lib/no-such.cgi", DocumentRoot = Root, CheckFile = FastCgiCheckFile.On }).Resolve("/a").Outcome);
    }

    [Theory]
    [InlineData("/srv/www/app.php", nameof(ScriptOutcome.Script))]
    [InlineData("/srv/www/missing.php", nameof(ScriptOutcome.NotFound))]
    [InlineData("/app.php", nameof(ScriptOutcome.NotFound))]
    public void Resolve_OneScriptAndLocalRootIsElsewhere_IsLookedForThere(string scriptFile, string outcome)
    {
        var location = Create(new FastCgiClusterOptions { DocumentRoot = "/srv/www", LocalRoot = Root, ScriptFile = scriptFile, CheckFile = FastCgiCheckFile.On }).Resolve("/a");

        Assert.Equal(outcome, location.Outcome.ToString());
        Assert.True(location.Outcome != ScriptOutcome.Script || location.ScriptFileName == scriptFile);
    }

    [Fact]
    public void Resolve_AThousandDots_CostLittle()
    {
        var path = string.Concat(Enumerable.Repeat("/a.php", 1300));
        var resolver = Checked(FrontController);
        resolver.Resolve(path);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var location = resolver.Resolve(path);

        AssertScript(location, "/index.php", "", Root + "/index.php");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50 * path.Length);
    }

    [Fact]
    public void Resolve_FilesNotVisibleHere_ManySegments_AllocatesNothingForEach()
    {
        var path = string.Concat(Enumerable.Repeat("/a", 8000));
        var resolver = Unseen(FrontController);
        resolver.Resolve(path);
        var before = GC.GetAllocatedBytesForCurrentThread();

        resolver.Resolve(path);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, path.Length);
    }

    [Fact]
    public void Resolve_PlaceholderInTheClientsPath_IsPartOfTheName()
    {
        _directory.WriteFile("root/{path}/index.php", "");

        AssertScript(Checked(FrontController).Resolve("/{path}/"), "/{path}/index.php", "", Root + "/{path}/index.php");
    }

    [Fact]
    public void Resolve_ManyPlaceholdersInTheClientsPath_CostLittle()
    {
        var path = "/" + string.Concat(Enumerable.Repeat("{path}", 1300)) + "/";
        var resolver = Checked(FrontController);
        resolver.Resolve(path);
        var before = GC.GetAllocatedBytesForCurrentThread();

        AssertScript(resolver.Resolve(path), "/index.php", "", Root + "/index.php");

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50 * path.Length);
    }

    [Theory]
    [InlineData("/ping", "/ping", "")]
    [InlineData("/missing.php/a", "/missing.php", "/a")]
    public void ResolveProbe_Path_LooksAtNoFile(string path, string scriptName, string pathInfo)
        => AssertScript(Checked().ResolveProbe(path), scriptName, pathInfo, Root + scriptName);

    [Fact]
    public void Resolve_AnyPath_NeverLeavesTheRootAndNeverCutsWrong()
    {
        var resolvers = new[] { Checked(), Checked(FrontController) };
        PathGen.Any.Sample(path =>
        {
            foreach (var resolver in resolvers)
            {
                var location = resolver.Resolve(path);
                if (location.Outcome != ScriptOutcome.Script)
                {
                    continue;
                }

                Assert.True(File.Exists(location.ScriptFileName));
                Assert.StartsWith(Root + "/", Path.GetFullPath(location.ScriptFileName), StringComparison.Ordinal);
                Assert.Equal(Root + location.ScriptName, location.ScriptFileName);
                Assert.EndsWith(".php", location.ScriptName, StringComparison.OrdinalIgnoreCase);
                Assert.True(location.PathInfo.Length == 0 || location.ScriptName + location.PathInfo == path);
            }
        });
    }

    [Theory]
    [InlineData("/app.php", true)]
    [InlineData("/app.php/x", true)]
    [InlineData("/sub/a.php", false)]
    [InlineData("/sub/a.php/x", false)]
    [InlineData("/UPPER.PHP", false)]
    [InlineData("/missing", true)]
    [InlineData("/", true)]
    public void Resolve_Scripts_RunTheAllowedOnesHoweverTheyAreFound(string path, bool runs)
    {
        foreach (var root in new[] { Root, "/not/here" })
        {
            Assert.Equal(runs, Guarded(root).Resolve(path).Outcome == ScriptOutcome.Script);
        }
    }

    [Fact]
    public void Resolve_Scripts_HoldForTheIndexOfADirectoryAndIgnoreCase()
    {
        Assert.Equal(ScriptOutcome.NotAScript, Guarded(Root).Resolve("/sub/").Outcome);
        Assert.Equal(ScriptOutcome.NotAScript, Guarded("/not/here").Resolve("/SUB/a.php").Outcome);
    }

    private static ScriptResolver Guarded(string root)
        => Create(new FastCgiClusterOptions { DocumentRoot = root, TryFiles = ["{path}", "{path}/", "/index.php"], Scripts = ["!/sub/", "/app.php", "/index.php"] });

    private ScriptResolver Checked(params string[] tryFiles)
        => Create(new FastCgiClusterOptions { DocumentRoot = Root, CheckFile = FastCgiCheckFile.On, TryFiles = tryFiles });

    private static ScriptResolver Unseen(params string[] tryFiles)
        => Create(new FastCgiClusterOptions { DocumentRoot = "/not/here", TryFiles = tryFiles });

    private static ScriptResolver Create(FastCgiClusterOptions options) => new(SettingsResolver.Resolve(options).Application);

    private static void AssertScript(ScriptLocation location, string scriptName, string pathInfo, string fileName)
        => Assert.Equal(
            (ScriptOutcome.Script, scriptName, pathInfo, fileName),
            (location.Outcome, location.ScriptName, location.PathInfo, location.ScriptFileName));
}
