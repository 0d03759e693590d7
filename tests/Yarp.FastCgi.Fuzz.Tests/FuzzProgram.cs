using System.Diagnostics;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Fuzz.Tests;

/// <summary>The fuzzer as a process of its own.</summary>
internal sealed record FuzzProgram(int ExitCode, string Output)
{
    private static readonly TimeSpan Hung = TimeSpan.FromMinutes(5);

    /// <param name="invariantGlobalization">As the tests run; otherwise with the cultures of this machine.</param>
    /// <param name="args">Its arguments.</param>
    public static Task<FuzzProgram> RunAsync(bool invariantGlobalization, params string[] args) => RunAsync(invariantGlobalization, [], args);

    /// <param name="invariantGlobalization">As the tests run; otherwise with the cultures of this machine.</param>
    /// <param name="standardInput">What it can read.</param>
    /// <param name="args">Its arguments.</param>
    public static async Task<FuzzProgram> RunAsync(bool invariantGlobalization, byte[] standardInput, string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, typeof(FuzzSession).Assembly.GetName().Name + ".dll"), .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = invariantGlobalization ? "1" : "0";
        using var process = Process.Start(start)!;
        await process.StandardInput.BaseStream.WriteAsync(standardInput);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WithinAsync("the fuzzer to end", Hung);
        return new FuzzProgram(process.ExitCode, await output + await error);
    }
}
