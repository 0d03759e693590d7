using System.Diagnostics;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

public sealed class CompletionCommandTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("gw val", "validate")]
    [InlineData("gw --preset wo", "wordpress")]
    [InlineData("gw presets dj", "django")]
    [InlineData("gw completion z", "zsh")]
    public async Task Suggest_Directive_NamesWhatMayFollow(string line, string expected)
    {
        Assert.Equal(0, await RunAsync($"[suggest:{line.Length}]", line));

        Assert.Equal(expected, _output.ToString().TrimEnd());
    }

    [Fact]
    public async Task Completion_Bash_IsAScriptThatBashAccepts()
    {
        Assert.Equal(0, await RunAsync("completion", "bash"));

        using var bash = Process.Start(new ProcessStartInfo("bash", ["-n"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        await bash.StandardInput.WriteAsync(_output.ToString());
        bash.StandardInput.Close();
        await bash.WaitForExitAsync().WithinAsync("bash to end");
        Assert.Equal(0, bash.ExitCode);
        Assert.Contains("[suggest:", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_Zsh_IsAnotherScript()
    {
        Assert.Equal(0, await RunAsync("completion", "zsh"));

        Assert.Contains("compdef", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Completion_OtherShell_IsAWrongCommandLine()
    {
        Assert.Equal(2, await RunAsync("completion", "tcsh"));

        Assert.Contains("tcsh", _error.ToString(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    private Task<int> RunAsync(params string[] args) => new GatewayCommand((_, _) => throw new InvalidOperationException("Nothing is to be served.")).RunAsync(args, _output, _error);
}
