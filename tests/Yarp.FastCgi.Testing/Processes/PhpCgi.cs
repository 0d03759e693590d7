using System.Globalization;
using System.Net.Sockets;

namespace Yarp.FastCgi.Testing;

/// <summary>A real php-cgi as an external FastCGI server (-b) on a unix socket of its own.</summary>
public sealed class PhpCgi : IAsyncDisposable
{
    private readonly int _children;
    private readonly UnixDomainSocketEndPoint _endPoint;
    private ChildProcess? _process;

    private PhpCgi(int children)
    {
        _children = children;
        _endPoint = new UnixDomainSocketEndPoint(Files.Combine("cgi.sock"));
    }

    public PhpFiles Files { get; } = new();

    /// <summary>Destination address.</summary>
    public string Address => $"unix:{_endPoint}";

    public static async Task<PhpCgi> StartAsync(int children = 2)
    {
        var cgi = new PhpCgi(children);
        try
        {
            await cgi.StartProcessAsync();
            return cgi;
        }
        catch
        {
            await cgi.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Files.Dispose();
    }

    private async Task StartProcessAsync()
    {
        var ini = Files.Ini(new Dictionary<string, string>()).SelectMany(setting => new[] { "-d", $"{setting.Key}={setting.Value}" });
        _process = ChildProcess.Start(
            ExternalProgram.Require(ExternalProgram.PhpCgi),
            ["-b", _endPoint.ToString(), .. ini],
            new Dictionary<string, string> { ["PHP_FCGI_CHILDREN"] = _children.ToString(CultureInfo.InvariantCulture) });
        await _process.WaitUntilListeningAsync(_endPoint);
    }
}
