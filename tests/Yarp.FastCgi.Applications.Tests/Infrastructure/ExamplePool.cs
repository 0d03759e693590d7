using System.Net.Sockets;
using System.Text.RegularExpressions;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Applications.Tests.Infrastructure;

/// <summary>php-fpm with the php-fpm.conf of an example, on a socket in a directory of its own.</summary>
internal sealed partial class ExamplePool : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private ChildProcess? _process;

    private ExamplePool()
    {
    }

    public string Address => $"unix:{Socket}";

    private string Socket => _directory.Combine("fpm.sock");

    public static async Task<ExamplePool> StartAsync(string example)
    {
        var pool = new ExamplePool();
        try
        {
            var configuration = await File.ReadAllTextAsync(Path.Combine(ExampleGateway.DirectoryOf(example), "php-fpm.conf"));
            var file = pool._directory.WriteFile("php-fpm.conf", Listen().Replace(configuration, $"listen = {pool.Socket}").Replace("/dev/stderr", pool._directory.Combine("fpm.log"), StringComparison.Ordinal));
            pool._process = ChildProcess.Start(ExternalProgram.Require(ExternalProgram.PhpFpm), ["--nodaemonize", "--fpm-config", file]);
            await pool._process.WaitUntilListeningAsync(new UnixDomainSocketEndPoint(pool.Socket));
            return pool;
        }
        catch
        {
            await pool.DisposeAsync();
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

    [GeneratedRegex("^listen = .*$", RegexOptions.Multiline)]
    private static partial Regex Listen();
}
