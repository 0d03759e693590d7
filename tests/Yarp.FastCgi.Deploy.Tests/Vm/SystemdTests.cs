using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Deploy.Tests.Vm;

/// <summary>deploy/systemd, as systemd itself reads it.</summary>
public sealed class SystemdTests : IDisposable
{
    // Out of 100; without hardening a service has 96.
    private const string MostExposure = "20";

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresProgramFact(ExternalProgram.SystemdAnalyze)]
    public async Task Verify_Units_HaveNothingToComplainOf()
    {
        foreach (var file in Directory.GetFiles(Repository.Path("deploy", "systemd")))
        {
            // The program is not installed here.
            var unit = (await File.ReadAllTextAsync(file)).Replace("/usr/local/bin/Yarp.FastCgi.Gateway", "/bin/true", StringComparison.Ordinal);
            _directory.WriteFile(Path.GetFileName(file), unit);
        }

        var units = Directory.GetFiles(_directory.Path);
        Assert.Equal(2, units.Length);
        var run = await ProgramRun.StartAsync(Program, ["verify", "--man=no", .. units]);

        Assert.Equal((0, ""), (run.ExitCode, run.Error));
    }

    [RequiresProgramFact(ExternalProgram.SystemdAnalyze)]
    public async Task Security_Service_IsHardened()
    {
        var run = await ProgramRun.StartAsync(Program, ["security", "--offline=true", "--no-pager", $"--threshold={MostExposure}", Repository.Path("deploy", "systemd", "yarp-fastcgi.service")]);

        Assert.True(run.ExitCode == 0, run.Output + run.Error);
    }

    [RequiresProgramFact(ExternalProgram.SystemdSysusers)]
    public async Task Sysusers_UsersOfTheSites_AreAsSystemdWantsThem()
    {
        var run = await ProgramRun.StartAsync(ExternalProgram.Find(ExternalProgram.SystemdSysusers)!, ["--dry-run", Repository.Path("deploy", "vm", "sysusers.conf")]);

        Assert.True(run.ExitCode == 0, run.Error);
        foreach (var user in (string[])["yarp-fastcgi", "site-blog", "site-shop"])
        {
            Assert.Contains($"'{user}'", run.Error + run.Output, StringComparison.Ordinal);
        }
    }

    private static string Program => ExternalProgram.Find(ExternalProgram.SystemdAnalyze)!;
}
