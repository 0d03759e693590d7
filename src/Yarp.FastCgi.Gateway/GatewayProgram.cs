using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.Gateway.Listeners;

namespace Yarp.FastCgi.Gateway;

/// <summary>The program: from the command line to the exit code.</summary>
internal static class GatewayProgram
{
    /// <param name="args">The command line.</param>
    /// <param name="output">What the user asked for, and where the gateway listens.</param>
    /// <param name="error">What keeps the gateway from starting, a line each.</param>
    /// <param name="ownsProcess">Whether nobody else is in the process: what the gateway wants of all of it may be set.</param>
    /// <param name="stop">Stops a running gateway, as Ctrl+C does.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, bool ownsProcess = false, CancellationToken stop = default)
        => new GatewayCommand((options, stopping) => ServeAsync(options, output, error, ownsProcess, stopping)).RunAsync(args, output, error, stop);

    private static async Task<int> ServeAsync(GatewayOptions options, TextWriter output, TextWriter error, bool ownsProcess, CancellationToken stop)
    {
        try
        {
            options = options with { Passed = SocketActivation.Take() };
            await using var app = GatewayApplication.Build(options);
            if (ownsProcess && app.Services.GetRequiredService<GatewaySettings>().InlineScheduling)
            {
                InlineScheduling.UseInProcess();
            }

            using var end = new GracefulStop(app, stop);
            if (await TryStartAsync(app))
            {
                StartupReport.Write(output, app, options, await StartupNotes.FindAsync(options));
                await end.WaitAsync();
            }

            return ExitCode.Success;
        }
        catch (Exception e) when (StartupErrors.Describe(e) is { Count: > 0 } errors)
        {
            foreach (var line in errors)
            {
                error.WriteLine($"error: {line}");
            }

            return ExitCode.Failure;
        }
    }

    /// <returns>False when it was told to stop before it had started.</returns>
    private static async Task<bool> TryStartAsync(WebApplication app)
    {
        try
        {
            await app.StartAsync();
            return true;
        }
        catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return false;
        }
    }
}
