using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>The gateway as a process of its own.</summary>
internal sealed class GatewayProcess : IDisposable
{
    private readonly Process _process;

    private GatewayProcess(Process process) => _process = process;

    /// <summary>What it told at its start.</summary>
    public string Report { get; private set; } = "";

    /// <summary>The first address that it listens on.</summary>
    public string Url => Regex.Match(Report, @"http://127\.0\.0\.1:\d+").Value;

    public static async Task<GatewayProcess> StartAsync(string currentDirectory, params string[] args)
    {
        var assembly = Path.Combine(AppContext.BaseDirectory, typeof(GatewayOptions).Assembly.GetName().Name + ".dll");
        var start = new ProcessStartInfo("dotnet", [assembly, .. args])
        {
            WorkingDirectory = currentDirectory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The build server's own settings are not for the gateway.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ASPNETCORE_", StringComparison.Ordinal)).ToList())
        {
            start.Environment.Remove(name);
        }

        var gateway = new GatewayProcess(Process.Start(start)!);
        try
        {
            await gateway.ReadReportAsync();
            return gateway;
        }
        catch
        {
            gateway.Dispose();
            throw;
        }
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await _process.WaitForExitAsync().WithinAsync("the gateway to end");
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private async Task ReadReportAsync()
    {
        while (!Report.Contains("Press Ctrl+C", StringComparison.Ordinal))
        {
            var line = await _process.StandardOutput.ReadLineAsync().WithinAsync("the gateway to report its start");
            Report += line is not null
                ? line + "\n"
                : throw new InvalidOperationException($"The gateway ended: {await _process.StandardError.ReadToEndAsync()}");
        }
    }
}
