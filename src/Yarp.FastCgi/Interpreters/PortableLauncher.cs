using System.ComponentModel;
using System.Diagnostics;
using System.IO.Pipelines;
using Yarp.FastCgi.Interpreters.Native;

namespace Yarp.FastCgi.Interpreters;

/// <summary>Starts programs by what the runtime offers everywhere: without the gateway's socket, and without an end that is sure when the gateway is killed.</summary>
internal sealed class PortableLauncher : IProcessLauncher
{
    public IInterpreterProcess Start(InterpreterSettings settings, ListenSocket? socket)
    {
        var start = new ProcessStartInfo(settings.Arguments[0], settings.Arguments.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = settings.WorkingDirectory ?? "",
        };
        start.Environment.Clear();
        foreach (var (name, value) in InterpreterEnvironment.Create(settings))
        {
            start.Environment[name] = value;
        }

        try
        {
            return new PortableProcess(Process.Start(start)!);
        }
        catch (Win32Exception exception)
        {
            throw new InterpreterStartException($"'{settings.Arguments[0]}' (Command) could not be run: {exception.Message}", exception);
        }
    }

    private sealed class PortableProcess : IInterpreterProcess
    {
        private readonly Process _process;
        private readonly Pipe _output = new();

        public PortableProcess(Process process)
        {
            _process = process;
            process.StandardInput.Close();
            Exited = WaitAsync();
            Output = _output.Reader.AsStream();
            _ = CopyAsync();
        }

        public int Id => _process.Id;

        public Task<ProcessExit> Exited { get; }

        public Stream Output { get; }

        public void Signal(int signal)
        {
            if (OperatingSystem.IsWindows())
            {
                Kill();
            }
            else if (!_process.HasExited)
            {
                _ = LibC.Kill(_process.Id, signal);
            }
        }

        public void Kill()
        {
            if (!_process.HasExited)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        public void Dispose()
        {
            Kill();
            _output.Reader.Complete();
        }

        private async Task<ProcessExit> WaitAsync()
        {
            await _process.WaitForExitAsync().ConfigureAwait(false);
            return new ProcessExit(_process.ExitCode);
        }

        // Two streams into one, each in pieces as they come.
        private async Task CopyAsync()
        {
            using var writing = new SemaphoreSlim(1);
            await Task.WhenAll(CopyAsync(_process.StandardOutput.BaseStream, writing), CopyAsync(_process.StandardError.BaseStream, writing)).ConfigureAwait(false);
            await _output.Writer.CompleteAsync().ConfigureAwait(false);
        }

        private async Task CopyAsync(Stream stream, SemaphoreSlim writing)
        {
            var buffer = new byte[4096];
            for (var count = 1; count > 0;)
            {
                count = await stream.ReadAsync(buffer).ConfigureAwait(false);
                await writing.WaitAsync().ConfigureAwait(false);
                await _output.Writer.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false);
                writing.Release();
            }
        }
    }
}
