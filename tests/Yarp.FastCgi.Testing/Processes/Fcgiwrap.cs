using System.Net.Sockets;

namespace Yarp.FastCgi.Testing;

/// <summary>A real fcgiwrap, which runs CGI programs one at a time, on a unix socket of its own.</summary>
public sealed class Fcgiwrap : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly UnixDomainSocketEndPoint _endPoint;
    private ChildProcess? _process;

    private Fcgiwrap() => _endPoint = new UnixDomainSocketEndPoint(_directory.Combine("cgi.sock"));

    /// <summary>Destination address.</summary>
    public string Address => $"unix:{_endPoint}";

    public static async Task<Fcgiwrap> StartAsync()
    {
        var wrapper = new Fcgiwrap();
        try
        {
            wrapper._process = ChildProcess.Start(
                ExternalProgram.Require(ExternalProgram.Fcgiwrap),
                ["-s", $"unix:{wrapper._endPoint}"],
                new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin", ["HOME"] = wrapper._directory.Path });
            await wrapper._process.WaitUntilListeningAsync(wrapper._endPoint);
            return wrapper;
        }
        catch
        {
            await wrapper.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _directory.Dispose();
    }
}
