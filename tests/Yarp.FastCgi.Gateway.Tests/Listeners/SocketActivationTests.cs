using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.FastCgi.Gateway.Listeners;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Listeners;

/// <summary>Sockets that are passed as systemd does it (sd_listen_fds(3)).</summary>
public sealed class SocketActivationTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public void Read_VariablesForThisProcess_GivesDescriptorsAndNames()
    {
        var sockets = Read("42", "3", "web:https-public");

        Assert.Equal([new PassedSocket(3, "web"), new PassedSocket(4, "https-public"), new PassedSocket(5, "")], sockets);
        Assert.Equal([HttpProtocols.Http1, HttpProtocols.Http1AndHttp2, HttpProtocols.Http1], sockets.Select(socket => socket.Protocols));
        Assert.Equal(HttpProtocols.Http2, new PassedSocket(3, "h2c").Protocols);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("43", "1")]
    [InlineData("", "1")]
    [InlineData("42", "0")]
    public void Read_VariablesForNobodyOrAnother_GivesNone(string? process, string? count) => Assert.Empty(Read(process, count, null));

    [Theory]
    [InlineData(null)]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("257")]
    public void Read_WrongCount_IsAnError(string? count)
        => Assert.Contains("LISTEN_FDS", Assert.Throws<InvalidDataException>(() => Read("42", count, null)).Message, StringComparison.Ordinal);

    [RequiresProgramFact(ExternalProgram.SocketActivate)]
    public async Task Process_SocketsOfSystemd_AreServedAndNoOthers()
    {
        var ports = (Http: FreePort.OnLoopback().Port, H2c: FreePort.OnLoopback().Port);
        var socket = _directory.Combine("web.sock");
        var notify = _directory.Combine("notify.sock");
        using var manager = NotifySocket.Listen(notify);
        await using var gateway = ChildProcess.Start(
            ExternalProgram.Find(ExternalProgram.SocketActivate)!,
            [
                "-l", $"127.0.0.1:{ports.Http}", "-l", $"127.0.0.1:{ports.H2c}", "-l", socket, "--fdname=http:h2c:web",
                "-E", $"PATH={Environment.GetEnvironmentVariable("PATH")}", "-E", "HOME=/tmp", "-E", $"NOTIFY_SOCKET={notify}", "-E", "Gateway__DrainDelay=00:00:00",
                ExternalProgram.Find("dotnet") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "Yarp.FastCgi.Gateway.dll"),
            ],
            new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH")!, ["DOTNET_ROOT"] = Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "" });
        await Eventually.UntilAsync(() => File.Exists(socket), "the sockets to be there");

        using var client = new HttpClient { Timeout = TestTimeout.Default };
        using var first = await client.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports.Http}/")));
        using var request = new HttpRequestMessage(HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{ports.H2c}/"))
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var second = await client.SendAsync(request);
        using var unix = new HttpClient(new SocketsHttpHandler { ConnectCallback = async (_, cancellationToken) => await NotifySocket.ConnectAsync(socket, cancellationToken) }) { Timeout = TestTimeout.Default };
        using var third = await unix.GetAsync(new Uri("http://site.test/"));

        Assert.True(first.IsSuccessStatusCode && second.IsSuccessStatusCode && third.IsSuccessStatusCode);
        Assert.Equal("READY=1", await manager.ReceiveAsync());
        Assert.DoesNotContain("localhost:8080", gateway.Output, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    private static IReadOnlyList<PassedSocket> Read(string? process, string? count, string? names)
        => SocketActivation.Read(name => name switch { "LISTEN_PID" => process, "LISTEN_FDS" => count, "LISTEN_FDNAMES" => names, _ => null }, processId: 42);
}
