using NSubstitute;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Cgi;

public sealed class LinkedRootTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly TimeProvider _time = Substitute.For<TimeProvider>();
    private readonly FastCgiApplication _application;
    private readonly string _real;
    private long _now;

    public LinkedRootTests()
    {
        _directory.WriteFile("releases/1/public/app.php", "");
        _directory.WriteFile("releases/2/public/app.php", "");
        _directory.WriteFile("releases/2/public/new.php", "");
        _real = RealPath.Resolve(_directory.Path)!;
        Directory.CreateSymbolicLink(_directory.Combine("current"), "releases/1");
        _time.TimestampFrequency.Returns(1000);
        _time.GetTimestamp().Returns(_ => _now);
        _application = new FastCgiApplication(
            SettingsResolver.Resolve(new FastCgiClusterOptions { DocumentRoot = _directory.Combine("current/public"), ResolveRootSymlink = true }).Application,
            _time);
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Scripts_LinkInThePath_AreNamedByWhereItLeads()
    {
        var script = _application.Scripts.Resolve("/app.php/x");

        Assert.Equal($"{_real}/releases/1/public/app.php", script.ScriptFileName);
        Assert.Equal($"{_real}/releases/1/public", script.DocumentRoot);
        Assert.Equal("/app.php", script.ScriptName);
    }

    [Fact]
    public void Scripts_LinkSwitched_FollowWithinASecond()
    {
        Assert.Equal(ScriptOutcome.NotFound, _application.Scripts.Resolve("/new.php").Outcome);
        Switch("releases/2");

        _now += 999;
        Assert.Equal($"{_real}/releases/1/public/app.php", _application.Scripts.Resolve("/app.php").ScriptFileName);
        _now += 1;
        Assert.Equal($"{_real}/releases/2/public/app.php", _application.Scripts.Resolve("/app.php").ScriptFileName);
        Assert.Equal($"{_real}/releases/2/public/new.php", _application.Scripts.Resolve("/new.php").ScriptFileName);
    }

    [Fact]
    public void Scripts_LinkLeadsNowhereForAWhile_StayWhereTheyWere()
    {
        _ = _application.Scripts;
        Switch("releases/missing");

        _now += 5000;
        Assert.Equal($"{_real}/releases/1/public/gone.php", _application.Scripts.ResolveProbe("/gone.php").ScriptFileName);
        Switch("releases/2");
        _now += 5000;
        Assert.Equal(ScriptOutcome.Script, _application.Scripts.Resolve("/new.php").Outcome);
    }

    private void Switch(string target)
    {
        File.Delete(_directory.Combine("current"));
        Directory.CreateSymbolicLink(_directory.Combine("current"), target);
    }
}
