using System.Net.Sockets;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>A request is given up at any moment, also between two operations on its connection.</summary>
public sealed class AbortedConnectionTests : IAsyncLifetime
{
    private readonly ScriptedResponder _responder = ScriptedResponder.StartWithoutAccepting();

    [Fact]
    public async Task ReceiveAsync_AbortedBefore_FailsWithTheReason()
    {
        using var connection = await ConnectAsync();

        connection.Abort(FastCgiError.ActivityTimeout);

        var failure = await Assert.ThrowsAsync<FastCgiException>(async () => await connection.ReceiveAsync());
        Assert.Equal(FastCgiError.ActivityTimeout, failure.Error);
    }

    [Fact]
    public async Task ReceiveAsync_AbortedWhileWaiting_FailsWithTheReason()
    {
        using var connection = await ConnectAsync();

        var receive = connection.ReceiveAsync().AsTask();
        connection.Abort(FastCgiError.Canceled);

        var failure = await Assert.ThrowsAsync<FastCgiException>(() => receive.WithinAsync("the receive to end"));
        Assert.Equal(FastCgiError.Canceled, failure.Error);
    }

    [Fact]
    public async Task SendAsync_AbortedBefore_FailsWithTheReason()
    {
        using var connection = await ConnectAsync();

        connection.Abort(FastCgiError.ResponseHeadTimeout);

        var failure = await Assert.ThrowsAsync<FastCgiException>(async () => await connection.SendAsync(new byte[1]));
        Assert.Equal(FastCgiError.ResponseHeadTimeout, failure.Error);
    }

    [Fact]
    public async Task Abort_Twice_TheFirstReasonStays()
    {
        using var connection = await ConnectAsync();

        connection.Abort(FastCgiError.ActivityTimeout);
        connection.Abort(FastCgiError.Canceled);

        Assert.Equal(FastCgiError.ActivityTimeout, Assert.Throws<FastCgiException>(connection.ThrowIfAborted).Error);
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _responder.DisposeAsync();

    private async Task<FastCgiConnection> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(_responder.EndPoint);
        return new FastCgiConnection(socket, FastCgiEndpoint.Parse(_responder.Address), TimeProvider.System);
    }
}
