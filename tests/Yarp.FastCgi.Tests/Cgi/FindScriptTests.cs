using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Cgi;

/// <summary>What <c>CheckFileMaxAge</c> makes of scripts that come and go.</summary>
public sealed class FindScriptTests : IDisposable
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly TempDirectory _root = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _root.Dispose();

    [Fact]
    public async Task RemovedScript_IsFoundForMaxAgeOnly()
    {
        var application = Create(MaxAge);
        var file = _root.WriteFile("a.php", "");
        Assert.Equal(ScriptOutcome.Script, await FindAsync(application, "/a.php"));

        File.Delete(file);
        Assert.Equal(ScriptOutcome.Script, await FindAsync(application, "/a.php"));
        _time.Advance(MaxAge);
        Assert.Equal(ScriptOutcome.NotFound, await FindAsync(application, "/a.php"));
    }

    [Fact]
    public async Task RemovedScript_NoAge_IsMissedAtOnce()
    {
        var application = Create(TimeSpan.Zero);
        var file = _root.WriteFile("a.php", "");
        Assert.Equal(ScriptOutcome.Script, await FindAsync(application, "/a.php"));

        File.Delete(file);
        Assert.Equal(ScriptOutcome.NotFound, await FindAsync(application, "/a.php"));
    }

    [Fact]
    public async Task NewScript_IsFoundAtOnce()
    {
        var application = Create(MaxAge);
        Assert.Equal(ScriptOutcome.NotFound, await FindAsync(application, "/a.php"));

        _root.WriteFile("a.php", "");
        Assert.Equal(ScriptOutcome.Script, await FindAsync(application, "/a.php"));
    }

    [Fact]
    public async Task NewScript_OfAPathThatAnotherAnswered_IsFoundWithinMaxAge()
    {
        var application = Create(MaxAge, "{path}", "/index.php");
        _root.WriteFile("index.php", "");
        Assert.EndsWith("/index.php", (await application.FindScriptAsync("/a.php")).ScriptFileName, StringComparison.Ordinal);

        _root.WriteFile("a.php", "");
        _time.Advance(MaxAge);
        Assert.EndsWith("/a.php", (await application.FindScriptAsync("/a.php")).ScriptFileName, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FoundScript_AgainOnAnotherThread_NeedsNoWorker()
    {
        var application = Create(MaxAge);
        _root.WriteFile("a.php", "");
        await application.FindScriptAsync("/a.php");

        var isCompleted = false;
        var thread = new Thread(() => isCompleted = application.FindScriptAsync("/a.php").AsTask().IsCompleted);
        thread.Start();
        thread.Join();
        Assert.True(isCompleted);
    }

    private static async Task<ScriptOutcome> FindAsync(FastCgiApplication application, string path) => (await application.FindScriptAsync(path)).Outcome;

    private FastCgiApplication Create(TimeSpan maxAge, params string[] tryFiles)
        => new(SettingsResolver.Resolve(new FastCgiClusterOptions { DocumentRoot = _root.Path, CheckFileMaxAge = maxAge, TryFiles = tryFiles }).Application, _time);
}
