using System.Diagnostics;
using System.Net.Sockets;

namespace Yarp.FastCgi.Testing;

/// <summary>
/// A FastCGI application in Go, whose standard library multiplexes, built from source with nothing but that library. It listens on a
/// unix socket of its own, which it is given as its argument.
/// </summary>
public sealed class GoProgram : IAsyncDisposable
{
    private static readonly TimeSpan BuildTimeout = TimeSpan.FromMinutes(3);

    private readonly TempDirectory _directory = new();
    private ChildProcess? _process;

    private GoProgram()
    {
    }

    /// <summary>Destination address; the same after a restart.</summary>
    public string Address => $"unix:{EndPoint}";

    private UnixDomainSocketEndPoint EndPoint => new(_directory.Combine("go.sock"));

    public static async Task<GoProgram> StartAsync(string source)
    {
        var program = new GoProgram();
        try
        {
            await program.BuildAsync(source);
            await program.StartProcessAsync();
            return program;
        }
        catch
        {
            await program.DisposeAsync();
            throw;
        }
    }

    public async Task StartProcessAsync()
    {
        _process = ChildProcess.Start(_directory.Combine("program"), [EndPoint.ToString()]);
        await _process.WaitUntilListeningAsync(EndPoint);
    }

    /// <summary>Ends the program; requests in work are cut.</summary>
    public async Task StopAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
            _process = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }

    private async Task BuildAsync(string source)
    {
        var start = new ProcessStartInfo(ExternalProgram.Require(ExternalProgram.Go), ["build", "-o", _directory.Combine("program"), _directory.WriteFile("main.go", source)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["GO111MODULE"] = "off";
        start.Environment["CGO_ENABLED"] = "0";
        using var build = Process.Start(start)!;
        var output = await Task.WhenAll(build.StandardOutput.ReadToEndAsync(), build.StandardError.ReadToEndAsync()).WithinAsync("go build to end", BuildTimeout);
        await build.WaitForExitAsync().WithinAsync("go build to end", BuildTimeout);
        if (build.ExitCode != 0)
        {
            throw new InvalidOperationException($"go build ended with code {build.ExitCode}:\n{string.Concat(output)}");
        }
    }
}
