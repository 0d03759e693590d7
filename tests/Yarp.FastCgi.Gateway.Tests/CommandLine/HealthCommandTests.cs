using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

public sealed class HealthCommandTests : IDisposable
{
    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [Theory]
    [InlineData("healthz")]
    [InlineData("readyz")]
    public async Task Health_RunningGateway_IsSuccessWithoutAWord(string path)
    {
        await using var gateway = await RunningGateway.StartAsync("--management", "http://127.0.0.1:0");

        Assert.Equal(0, await _command.RunAsync("health", $"{gateway.Management!.BaseAddress}{path}"));

        Assert.Empty(_command.Output + _command.Error);
    }

    [Fact]
    public async Task Health_AnotherStatus_IsAFailureThatNamesIt()
    {
        await using var gateway = await RunningGateway.StartAsync("--management", "http://127.0.0.1:0");

        Assert.Equal(1, await _command.RunAsync("health", $"{gateway.Management!.BaseAddress}none"));

        Assert.Equal($"error: {gateway.Management!.BaseAddress}none answers 404.\n", _command.Error);
    }

    [Fact]
    public async Task Health_NothingListens_IsAFailureThatSaysSo()
    {
        var url = $"http://{FreePort.OnLoopback()}/healthz";

        Assert.Equal(1, await _command.RunAsync("health", url));

        Assert.StartsWith($"error: {url}: ", _command.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("https://localhost:9180/healthz")]
    public async Task Health_NoUrlOfAManagementListener_IsRefused(string url)
    {
        Assert.Equal(2, await _command.RunAsync("health", url));

        Assert.Contains($"'{url}' is not a URL of the management listener", _command.Error, StringComparison.Ordinal);
    }
}
