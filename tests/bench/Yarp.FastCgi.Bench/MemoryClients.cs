using System.Diagnostics;
using System.Globalization;

namespace Yarp.FastCgi.Bench;

/// <summary>Runs <c>clients memory</c>, which waits after each step.</summary>
internal sealed class MemoryClients : IDisposable
{
    private readonly Process _process;

    private MemoryClients(Process process) => _process = process;

    /// <summary>Connects.</summary>
    /// <param name="port">Of the server.</param>
    /// <param name="count">Of the clients.</param>
    public static MemoryClients Start(int port, int count)
        => new(Process.Start(new ProcessStartInfo(
            "taskset",
            ["-c", LoadGenerator.Core, Path.Combine(AppContext.BaseDirectory, "clients"), "memory", port.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!);

    /// <summary>Waits for the end of a step.</summary>
    /// <returns>The requests that have had no answer.</returns>
    /// <exception cref="InvalidOperationException">Another one ended, or the program.</exception>
    public long WaitFor(string step)
    {
        var line = _process.StandardOutput.ReadLine();
        return line?.Split(' ') is [var name, var errors] && name == step
            ? long.Parse(errors, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"'{line}' where '{step}' was due from the clients.");
    }

    /// <summary>Lets the next step begin.</summary>
    public void GoOn()
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
    }

    public void Dispose()
    {
        _process.StandardInput.Dispose();
        _process.WaitForExit();
        _process.Dispose();
    }
}
