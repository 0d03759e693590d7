using System.Diagnostics;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Deploy.Tests;

/// <summary>A program that has run to its end.</summary>
internal sealed record ProgramRun(int ExitCode, string Output, string Error)
{
    // A first build of a Go program on a busy machine takes a while.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    public static async Task<ProgramRun> StartAsync(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? directory = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? "" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WithinAsync($"{program} to end", Timeout);
        return new ProgramRun(process.ExitCode, await output, await error);
    }

    /// <returns>What it wrote to standard output.</returns>
    public string Succeeded()
    {
        Assert.True(ExitCode == 0, Output + Error);
        return Output;
    }
}
