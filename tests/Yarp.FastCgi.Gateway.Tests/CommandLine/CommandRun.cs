using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

/// <summary>A command line that serves nothing, with what it writes, and a directory for its files.</summary>
internal sealed class CommandRun : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public TempDirectory Directory { get; } = new();

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    /// <returns>The exit code.</returns>
    public Task<int> RunAsync(params string[] args)
        => new GatewayCommand((_, _) => throw new InvalidOperationException("Nothing is to be served.")).RunAsync(args, _output, _error);

    public void Dispose()
    {
        Directory.Dispose();
        _output.Dispose();
        _error.Dispose();
    }
}
