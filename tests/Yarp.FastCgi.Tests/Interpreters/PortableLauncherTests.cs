using Yarp.FastCgi.Client;
using Yarp.FastCgi.Interpreters;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Interpreters;

/// <summary>What is used on other systems than Linux, as far as it can be tried on one that has /bin/sh.</summary>
public class PortableLauncherTests
{
    private readonly PortableLauncher _launcher = new();

    [Fact]
    public async Task Start_Program_HasItsEnvironmentAndOneOutput()
    {
        using var process = _launcher.Start(Settings("echo $NAME; echo error >&2; read line; echo end $?; exit 3"), socket: null);
        using var reader = new StreamReader(process.Output);

        var output = await reader.ReadToEndAsync().WithinAsync("the output");

        Assert.Equal(["end 1", "error", "value"], output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.Equal(new ProcessExit(Code: 3), await process.Exited.WithinAsync("the end"));
    }

    [Fact]
    public async Task Signal_RunningProgram_IsSent()
    {
        using var process = _launcher.Start(Settings("trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done"), socket: null);
        using var reader = new StreamReader(process.Output);
        Assert.Equal("ready", await reader.ReadLineAsync().WaitAsync(TestTimeout.Default));

        process.Signal(15);

        Assert.Equal(7, (await process.Exited.WithinAsync("the end")).Code);
    }

    [Fact]
    public async Task Kill_RunningProgram_EndsIt()
    {
        using var process = _launcher.Start(Settings("sleep 1000"), socket: null);

        process.Kill();

        await process.Exited.WithinAsync("the end");
    }

    [Fact]
    public void Start_NoSuchProgram_NamesTheSetting()
        => Assert.StartsWith(
            "'/no/such/program' (Command) could not be run: ",
            Assert.Throws<InterpreterStartException>(() => _launcher.Start(Settings("") with { Arguments = ["/no/such/program"] }, socket: null)).Message,
            StringComparison.Ordinal);

    private static InterpreterSettings Settings(string script) => InterpreterSettings.Resolve(
        new FastCgiDestinationOptions
        {
            Interpreter = new FastCgiInterpreterOptions
            {
                Command = ["/bin/sh", "-c", script],
                Environment = new Dictionary<string, string> { ["NAME"] = "value", ["PATH"] = "$PATH" },
            },
        },
        FastCgiEndpoint.Parse("unix:/run/app.sock"));
}
