using System.Diagnostics;
using System.Globalization;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Costs.Tests;

/// <summary>The system calls of a process, by strace: counted, or one by one.</summary>
internal sealed class SystemCallTrace : IDisposable
{
    private readonly Process _strace;
    private readonly string _report;

    private SystemCallTrace(Process strace, string report)
    {
        _strace = strace;
        _report = report;
    }

    /// <summary>Counts calls. Returns when every thread of the process is traced.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="report">A file for what was counted.</param>
    public static Task<SystemCallTrace> StartAsync(int processId, string report) => StartAsync(processId, report, "-c");

    /// <summary>Lists calls, each with the thread that made it, and what its descriptor stands for.</summary>
    /// <param name="processId">The process.</param>
    /// <param name="report">A file for the list.</param>
    /// <param name="calls">Which calls, in the words of <c>strace -e trace</c>.</param>
    public static Task<SystemCallTrace> StartListAsync(int processId, string report, string calls) => StartAsync(processId, report, "-y", "-e", "trace=" + calls);

    private static async Task<SystemCallTrace> StartAsync(int processId, string report, params string[] options)
    {
        var process = processId.ToString(CultureInfo.InvariantCulture);
        var trace = new SystemCallTrace(
            Process.Start(new ProcessStartInfo("strace", ["-f", .. options, "-qq", "-o", report, "-p", process]) { RedirectStandardError = true })!, report);
        try
        {
            await Eventually.UntilAsync(() => trace.IsTracing(processId), $"strace to trace process {process}");
            return trace;
        }
        catch
        {
            trace.Dispose();
            throw;
        }
    }

    /// <summary>Lets the process go on untraced.</summary>
    /// <returns>What was counted.</returns>
    public async Task<SystemCalls> StopAsync() => SystemCalls.Parse(await StopListAsync());

    /// <summary>Lets the process go on untraced.</summary>
    /// <returns>The calls, each on a line that begins with the thread's id.</returns>
    public async Task<string[]> StopListAsync()
    {
        using (var kill = Process.Start("kill", ["-INT", _strace.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync().WithinAsync("the signal to be sent");
        }

        await _strace.WaitForExitAsync().WithinAsync("strace to end");
        return await File.ReadAllLinesAsync(_report);
    }

    public void Dispose()
    {
        if (!_strace.HasExited)
        {
            _strace.Kill();
        }

        _strace.Dispose();
    }

    private bool IsTracing(int processId)
    {
        if (_strace.HasExited)
        {
            throw new InvalidOperationException($"strace ended: {_strace.StandardError.ReadToEnd()}");
        }

        var tracer = string.Create(CultureInfo.InvariantCulture, $"TracerPid:\t{_strace.Id}");
        return Directory.GetDirectories(string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}/task"))
            .All(task => File.ReadAllText(Path.Combine(task, "status")).Contains(tracer + "\n", StringComparison.Ordinal));
    }
}
