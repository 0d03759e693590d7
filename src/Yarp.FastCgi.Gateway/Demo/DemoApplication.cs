using System.Net.Sockets;
using Yarp.FastCgi.Client;

namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>
/// The FastCGI application that the gateway serves when it is given none: it shows each request as an application sees it.
/// It runs in the gateway's process, but is reached like any other: through a unix socket, in a private directory of its own.
/// </summary>
internal sealed class DemoApplication : IHostedService, IDisposable
{
    /// <summary>Connections served at a time; further ones wait in the socket's backlog.</summary>
    public const int MaxConnections = 64;

    private static readonly TimeSpan AcceptRetryDelay = TimeSpan.FromMilliseconds(100);

    // A random name, so that nobody can have made the directory before.
    private readonly string _directory = Path.Combine(Path.GetTempPath(), $"yarp-fastcgi-{Guid.NewGuid():N}");
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _slots = new(MaxConnections);
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private Task _accepting = Task.CompletedTask;

    public DemoApplication()
    {
        SocketPath = Path.Combine(_directory, "app.sock");
        Endpoint = FastCgiEndpoint.Parse($"unix:{SocketPath}");
    }

    /// <summary>Where the application listens once it is started.</summary>
    public FastCgiEndpoint Endpoint { get; }

    private string SocketPath { get; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            // The user's temporary directory is private there.
            Directory.CreateDirectory(_directory);
        }
        else
        {
            Directory.CreateDirectory(_directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        _listener.Bind(new UnixDomainSocketEndPoint(SocketPath));
        _listener.Listen();
        _accepting = AcceptAsync();
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _accepting;

        // Ends the connections that still wait in the backlog.
        _listener.Dispose();

        // Every slot is free when the last connection has ended.
        for (var i = 0; i < MaxConnections; i++)
        {
            await _slots.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _stopping.Dispose();
        _slots.Dispose();
        if (Directory.Exists(_directory))
        {
            Directory.Delete(_directory, recursive: true);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _slots.WaitAsync(_stopping.Token);
                _ = ServeAsync(await AcceptOneAsync());
            }
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }

    private async Task<Socket> AcceptOneAsync()
    {
        try
        {
            while (true)
            {
                try
                {
                    return await _listener.AcceptAsync(_stopping.Token);
                }
                catch (SocketException)
                {
                    // The process has no descriptor left for another connection; some request will give one back.
                    await Task.Delay(AcceptRetryDelay, _stopping.Token);
                }
            }
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        // Accepting goes on at once, however much of a request has come already.
        await Task.Yield();
        try
        {
            using var connection = new DemoConnection(socket);
            await connection.ServeAsync(_stopping.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // Stopping, or the gateway closed the connection first.
        }
        finally
        {
            _slots.Release();
        }
    }
}
