using System.Globalization;
using System.Net.Sockets;

namespace Yarp.FastCgi.Testing;

/// <summary>A real application that speaks WebSocket over FastCGI: websocket.pl, with libfcgi, on a unix socket of its own.</summary>
public sealed class WebSocketApplication : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private ChildProcess? _process;

    private WebSocketApplication()
    {
    }

    /// <summary>Destination address.</summary>
    public string Address => $"unix:{SocketPath}";

    private string SocketPath => _directory.Combine("ws.sock");

    /// <param name="processes">How many clients it serves at a time.</param>
    public static async Task<WebSocketApplication> StartAsync(int processes)
    {
        var application = new WebSocketApplication();
        try
        {
            application._process = ChildProcess.Start(
                ExternalProgram.Require(ExternalProgram.PerlFcgi),
                [Path.Combine(AppContext.BaseDirectory, "websocket.pl"), application.SocketPath, processes.ToString(CultureInfo.InvariantCulture)]);
            await application._process.WaitUntilListeningAsync(new UnixDomainSocketEndPoint(application.SocketPath));
            return application;
        }
        catch
        {
            await application.DisposeAsync();
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
