using System.Net.Sockets;

namespace Yarp.FastCgi.Testing;

/// <summary>A real Python application (WSGI) that uWSGI serves over FastCGI on a unix socket of its own.</summary>
public sealed class PythonApplication : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly UnixDomainSocketEndPoint _endPoint;
    private ChildProcess? _process;

    private PythonApplication() => _endPoint = new UnixDomainSocketEndPoint(_directory.Combine("app.sock"));

    /// <summary>Destination address.</summary>
    public string Address => $"unix:{_endPoint}";

    /// <param name="source">A module whose callable is <c>application</c>.</param>
    public static async Task<PythonApplication> StartAsync(string source)
    {
        var application = new PythonApplication();
        try
        {
            var file = application._directory.WriteFile("app.py", source);
            application._process = ChildProcess.Start(
                ExternalProgram.Require(ExternalProgram.Uwsgi),
                [
                    "--plugin", "python3", "--fastcgi-socket", application._endPoint.ToString(), "--chmod-socket=666", "--wsgi-file", file,
                    "--need-app", "--die-on-term", "--master", "--processes", "1", "--buffer-size", "32768",
                ]);
            await application._process.WaitUntilListeningAsync(application._endPoint);
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
