using System.Diagnostics;

namespace Yarp.FastCgi.Gateway.Tests.Containers;

/// <summary>The command line of podman.</summary>
internal static class Podman
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    /// <returns>Its standard output.</returns>
    /// <exception cref="InvalidOperationException">It failed; the message has what it said.</exception>
    public static async Task<string> RunAsync(params string[] arguments) => (await RunToEndAsync(arguments)).Output.Trim();

    /// <summary>What a container has written to standard output and to standard error.</summary>
    public static async Task<string> ReadLogsAsync(string container)
    {
        var (output, error) = await RunToEndAsync(["logs", "--timestamps", container]);
        return output + error;
    }

    private static async Task<(string Output, string Error)> RunToEndAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("podman", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var expiry = new CancellationTokenSource(Timeout);
        var output = process.StandardOutput.ReadToEndAsync(expiry.Token);
        var error = process.StandardError.ReadToEndAsync(expiry.Token);
        try
        {
            await process.WaitForExitAsync(expiry.Token);
            return process.ExitCode == 0
                ? (await output, await error)
                : throw new InvalidOperationException($"podman {string.Join(' ', arguments)} ended with code {process.ExitCode}: {await error}");
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"podman {string.Join(' ', arguments)} did not end within {Timeout}.");
        }
    }
}
