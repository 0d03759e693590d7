using System.Net.Sockets;
using Yarp.FastCgi.Gateway.Listeners;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Listeners;

public sealed class UnixSocketTests : IDisposable
{
    private const string Request = "GET /a HTTP/1.1\r\nHost: site.test\r\nX-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n";

    private readonly TempDirectory _directory = new();

    private string File => _directory.Combine("gateway.sock");

    [Fact]
    public async Task Listen_UnixSocket_ServesWithTheModeAsked()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "Listeners": { "SocketMode": "0660" }, "ForwardedHeaders": { "TrustedNetworks": "10.0.0.0/8" } }""", listen: $"unix:{File}");

        // Its peers have no address, and nobody said that they are to be believed.
        Assert.Contains("\r\nunix:: site.test:", await SendAsync(), StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, new FileInfo(File).UnixFileMode);
    }

    [Fact]
    public async Task Listen_UnixSocketOfATrustedProxy_BelievesIt()
    {
        await using var gateway = await FrontGateway.StartAsync("""{ "ForwardedHeaders": { "TrustedNetworks": "unix" } }""", listen: $"http://unix:{File}");

        Assert.Contains("\r\n192.0.2.1:", await SendAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bind_FileOfAGatewayThatWasKilled_IsReplaced()
    {
        LeaveSocketFile();

        await using var gateway = await FrontGateway.StartAsync("{ }", listen: $"unix:{File}");

        Assert.StartsWith("HTTP/1.1 200 ", await SendAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bind_SocketThatSomebodyListensOn_IsLeftToThem()
    {
        await using var gateway = await FrontGateway.StartAsync("{ }", listen: $"unix:{File}");

        var error = Assert.Throws<IOException>(() => UnixSocketFiles.Bind(new UnixDomainSocketEndPoint(File), mode: null));

        Assert.Contains($"Cannot listen on {File}: another program does.", error.Message, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await SendAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void Bind_FileThatIsNoSocket_IsNotRemoved()
    {
        _directory.WriteFile("gateway.sock", "precious");

        var error = Assert.Throws<IOException>(() => UnixSocketFiles.Bind(new UnixDomainSocketEndPoint(File), mode: null));

        Assert.Contains("no socket", error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", System.IO.File.ReadAllText(File));
    }

    [Theory]
    [InlineData("660", 0b110_110_000)]
    [InlineData("0777", 0b111_111_111)]
    public void FileMode_Octal_IsRead(string text, int mode)
    {
        Assert.True(FileModeFormat.Instance.TryParse(text, out var value));
        Assert.Equal((UnixFileMode)mode, value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("66")]
    [InlineData("668")]
    [InlineData("1660")]
    [InlineData("rw-")]
    public void FileMode_AnythingElse_IsRefused(string text) => Assert.False(FileModeFormat.Instance.TryParse(text, out _));

    public void Dispose() => _directory.Dispose();

    // What stays of a process that had no time to remove it.
    private void LeaveSocketFile()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(File + ".bound"));
        socket.Listen();
        System.IO.File.Move(File + ".bound", File);
    }

    private async Task<string> SendAsync()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(File));
        await socket.SendAsync(System.Text.Encoding.ASCII.GetBytes(Request));
        return await FrontGateway.ReadToEndAsync(socket);
    }
}
