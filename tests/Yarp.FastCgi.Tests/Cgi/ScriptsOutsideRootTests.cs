using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Cgi;

/// <summary>Symbolic links below the root.</summary>
public sealed class ScriptsOutsideRootTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public ScriptsOutsideRootTests()
    {
        foreach (var file in new[] { "root/app.php", "root/sub/index.php", "root-2/app.php", "outside/app.php", "outside/index.php" })
        {
            _directory.WriteFile(file, "");
        }

        Link("root/inside.php", "sub/index.php");
        Link("root/inside", "sub");
        Link("root/chain.php", "inside/../app.php");
        Link("root/out.php", "../outside/app.php");
        Link("root/absolute.php", _directory.Combine("outside/app.php"));
        Link("root/out", "../outside");
        Link("root/sibling", "../root-2");
        Link("root/back", "../root/sub");
        Link("root/broken.php", "nowhere.php");
        Link("root/loop.php", "loop.php");
        Link("current", "root");
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("/app.php", "/app.php", "")]
    [InlineData("/inside.php", "/inside.php", "")]
    [InlineData("/inside.php/x", "/inside.php", "/x")]
    [InlineData("/inside/", "/inside/index.php", "")]
    [InlineData("/inside/index.php/x", "/inside/index.php", "/x")]
    [InlineData("/chain.php", "/chain.php", "")]
    [InlineData("/back/index.php", "/back/index.php", "")]
    public void Resolve_LinkInsideTheRoot_IsFollowed(string path, string scriptName, string pathInfo)
    {
        foreach (var root in new[] { "root", "current" })
        {
            var location = Resolver(root).Resolve(path);

            Assert.Equal((ScriptOutcome.Script, scriptName, pathInfo), (location.Outcome, location.ScriptName, location.PathInfo));
            Assert.Equal(_directory.Combine(root) + scriptName, location.ScriptFileName);
        }
    }

    [Theory]
    [InlineData("/out.php")]
    [InlineData("/out.php/x")]
    [InlineData("/absolute.php")]
    [InlineData("/out/app.php")]
    [InlineData("/out/app.php/x")]
    [InlineData("/out/")]
    [InlineData("/out")]
    [InlineData("/sibling/app.php")]
    public void Resolve_LinkOutOfTheRoot_IsFollowedOnlyWhenAllowed(string path)
    {
        foreach (var root in new[] { "root", "current" })
        {
            Assert.Equal(ScriptOutcome.OutsideRoot, Resolver(root).Resolve(path).Outcome);
            Assert.Equal(ScriptOutcome.OutsideRoot, Resolver(root, tryFiles: ["{path}", "{path}/", "/app.php"]).Resolve(path).Outcome);
            Assert.NotEqual(ScriptOutcome.OutsideRoot, Resolver(root, mayLeave: true).Resolve(path).Outcome);
        }
    }

    [Theory]
    [InlineData("/broken.php")]
    [InlineData("/loop.php")]
    [InlineData("/loop.php/x")]
    public void Resolve_LinkToNothing_IsNotFound(string path)
        => Assert.Equal(ScriptOutcome.NotFound, Resolver("root", mayLeave: true).Resolve(path).Outcome);

    [Fact]
    public void Resolve_RootOfTheFileSystem_HasNothingOutside()
    {
        var location = Create(new FastCgiClusterOptions { DocumentRoot = "/" }).Resolve(_directory.Combine("root/out.php"));

        Assert.Equal(ScriptOutcome.Script, location.Outcome);
    }

    [Fact]
    public void Resolve_LocalRootIsElsewhere_LinksAreThoseOfThisMachine()
    {
        var options = new FastCgiClusterOptions { DocumentRoot = "/srv/www", LocalRoot = _directory.Combine("root") };

        Assert.Equal(ScriptOutcome.OutsideRoot, Create(options).Resolve("/out.php").Outcome);
        Assert.Equal("/srv/www/inside.php", Create(options).Resolve("/inside.php").ScriptFileName);
    }

    private ScriptResolver Resolver(string root, bool mayLeave = false, string[]? tryFiles = null)
        => Create(new FastCgiClusterOptions { DocumentRoot = _directory.Combine(root), TryFiles = tryFiles, ScriptsOutsideRoot = mayLeave });

    private static ScriptResolver Create(FastCgiClusterOptions options) => new(SettingsResolver.Resolve(options).Application);

    private void Link(string path, string target) => File.CreateSymbolicLink(_directory.Combine(path), target);
}
