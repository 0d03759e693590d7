using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Interpreters;

/// <summary>Turns what a program writes into log events, one a line, and copies it for Debug.</summary>
internal static class InterpreterOutput
{
    private const int BufferSize = 4096;

    /// <summary>Reads until the program and its children have closed their side, or the process is disposed.</summary>
    public static async Task CopyAsync(IInterpreterProcess process, string where, Stream? console, ILogger logger)
    {
        var lines = new LogLines(line => Log.InterpreterOutput(logger, where, process.Id, line));
        var buffer = new byte[BufferSize];
        try
        {
            int count;
            while ((count = await process.Output.ReadAsync(buffer).ConfigureAwait(false)) > 0)
            {
                lines.Write(buffer.AsSpan(0, count));
                if (console is not null)
                {
                    await console.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
                    await console.FlushAsync().ConfigureAwait(false);
                }
            }
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
        }

        lines.EndLine();
    }
}
