using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Yarp.FastCgi.Testing;

/// <summary>A program run for a test: its output is captured, and it is ended by its process id.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private const int SigKill = 9;
    private static readonly TimeSpan TerminationTimeout = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private ChildProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    /// <summary>Standard output and standard error so far.</summary>
    public string Output => string.Join('\n', _output);

    /// <summary>Starts a program with nothing in its environment but <paramref name="environment"/>: php-cgi shows it all in $_SERVER.</summary>
    public static ChildProcess Start(string fileName, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(fileName, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(Process.Start(start)!);
    }

    /// <summary>Waits until a connection to <paramref name="endPoint"/> is accepted.</summary>
    public Task WaitUntilListeningAsync(EndPoint endPoint) => Eventually.UntilAsync(
        async () =>
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"{_process.StartInfo.FileName} ended with code {_process.ExitCode} instead of listening:\n{Output}");
            }

            using var probe = new Socket(endPoint.AddressFamily, SocketType.Stream, endPoint is UnixDomainSocketEndPoint ? ProtocolType.Unspecified : ProtocolType.Tcp);
            try
            {
                await probe.ConnectAsync(endPoint);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        },
        $"{_process.StartInfo.FileName} to listen on {endPoint}:\n{Output}");

    /// <summary>Sends SIGKILL to one of the program's own children, if there is any.</summary>
    /// <param name="choose">Chooses among so many.</param>
    public void KillChild(Func<int, int> choose)
    {
        var children = File.ReadAllText($"/proc/{Id}/task/{Id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (children.Length > 0)
        {
            // It may have ended by itself in the meantime.
            _ = SendSignal(int.Parse(children[choose(children.Length)], CultureInfo.InvariantCulture), SigKill);
        }
    }

    /// <summary>SIGTERM; SIGKILL to the process and its children when that does not end it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited && SendSignal(_process.Id, SigTerm) == 0)
        {
            using var expiry = new CancellationTokenSource(TerminationTimeout);
            try
            {
                await _process.WaitForExitAsync(expiry.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
                await _process.WaitForExitAsync().WithinAsync($"process {_process.Id} to end");
            }
        }

        _process.Dispose();
    }

    private void Add(string? line)
    {
        if (line is not null)
        {
            _output.Enqueue(line);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
