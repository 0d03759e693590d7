using System.Net.Sockets;

namespace Yarp.FastCgi.Testing;

/// <summary>A real Redis on a unix socket of its own, that keeps nothing on disk.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private ChildProcess? _process;

    private string Socket => _directory.Combine("redis.sock");

    /// <summary>As <c>Gateway:Caching:Redis:Endpoints</c> has it.</summary>
    public string Address => $"unix:{Socket}";

    public static async Task<RedisServer> StartAsync()
    {
        var server = new RedisServer();
        try
        {
            await server.StartProcessAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>At the same address.</summary>
    public async Task StartProcessAsync()
    {
        _process = ChildProcess.Start(
            ExternalProgram.Require(ExternalProgram.Redis),
            ["--port", "0", "--unixsocket", Socket, "--save", "", "--appendonly", "no", "--dir", _directory.Path]);
        await _process.WaitUntilListeningAsync(new UnixDomainSocketEndPoint(Socket));
    }

    public async Task StopProcessAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopProcessAsync();
        _directory.Dispose();
    }
}
