using System.Diagnostics;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Applications.Tests.Infrastructure;

/// <summary>A program that does something and ends.</summary>
internal static class Command
{
    /// <param name="program">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="directory">Its current directory; that of the tests by default.</param>
    /// <param name="environment">Variables beside those of the tests.</param>
    /// <returns>What it wrote to standard output.</returns>
    public static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string? directory = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = directory ?? "" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WithinAsync($"{program} to end", TimeSpan.FromMinutes(2));
        Assert.True(process.ExitCode == 0, $"{program} ended with code {process.ExitCode}:\n{await output}\n{await errors}");
        return await output;
    }
}
