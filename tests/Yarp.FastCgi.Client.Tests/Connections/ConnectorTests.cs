using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections;

public class ConnectorTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(ResponderSocket.Unix)]
    [InlineData(ResponderSocket.AbstractUnix)]
    [InlineData(ResponderSocket.Tcp)]
    [InlineData(ResponderSocket.TcpIPv6)]
    public async Task Connect_ToListener_IsConnected(ResponderSocket kind)
    {
        await using var responder = ScriptedResponder.Start(connection => connection.WaitForPeerCloseAsync(), kind);

        using (var socket = await Connect(responder.Address))
        {
            await responder.WaitForConnectionAsync();
            Assert.True(kind is ResponderSocket.Unix or ResponderSocket.AbstractUnix || socket.NoDelay);
        }

        await responder.WaitForScriptAsync();
    }

    [Fact]
    public async Task Connect_ByName_ResolvesIt()
    {
        await using var responder = ScriptedResponder.Start(connection => connection.WaitForPeerCloseAsync(), ResponderSocket.Tcp);

        using var socket = await Connect("fastcgi://localhost:" + Port(responder.EndPoint));

        await responder.WaitForConnectionAsync();
    }

    [Fact]
    public async Task Connect_FirstAddressRefuses_TakesTheNext()
    {
        await using var responder = ScriptedResponder.Start(connection => connection.WaitForPeerCloseAsync(), ResponderSocket.Tcp);

        using var socket = await ConnectByName(Port(responder.EndPoint), new FakeTimeProvider(), IPAddress.IPv6Loopback, IPAddress.Loopback);

        Assert.Equal(responder.EndPoint, socket.RemoteEndPoint);
    }

    [Fact]
    public async Task Connect_FirstAddressDoesNotAnswer_TakesTheNextAfterItsShareOfTheTime()
    {
        var time = new ObservedTimeProvider();
        using var silent = await FullBacklog.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));
        using var listener = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.IPv6Loopback, Port(silent.EndPoint)));
        listener.Listen();

        var connecting = ConnectByName(Port(silent.EndPoint), time, IPAddress.Loopback, IPAddress.IPv6Loopback);
        var share = await time.WaitForTimerAsync();
        time.Advance(share);
        using var socket = await connecting;

        Assert.Equal(Timeout / 2, share);
        Assert.Equal(listener.LocalEndPoint, socket.RemoteEndPoint);
    }

    [Fact]
    public async Task Connect_EveryAddressRefuses_Fails()
    {
        var port = Port(await UnusedTcpAsync());

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => ConnectByName(port, new FakeTimeProvider(), IPAddress.IPv6Loopback, IPAddress.Loopback));

        Assert.Equal(FastCgiError.ConnectFailed, exception.Error);
        Assert.Equal($"No connection to fastcgi://app:{port}: connection refused; nothing listens there.", exception.Message);
    }

    [Fact]
    public async Task Connect_NameHasNoAddress_Fails()
    {
        var exception = await Assert.ThrowsAsync<FastCgiException>(() => ConnectByName(9000, new FakeTimeProvider()));

        Assert.Equal(FastCgiError.ConnectFailed, exception.Error);
        Assert.Equal("No connection to fastcgi://app:9000: the host name has no address.", exception.Message);
    }

    [Theory]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.NoData)]
    [InlineData(SocketError.TryAgain)]
    public async Task Connect_NameIsNotResolved_Fails(SocketError error)
    {
        var connector = CreateByName(9000, new FakeTimeProvider(), (_, _) => Task.FromException<IPAddress[]>(new SocketException((int)error)));

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => connector.ConnectAsync(CancellationToken.None).AsTask());

        Assert.Equal(FastCgiError.ConnectFailed, exception.Error);
        Assert.Equal("No connection to fastcgi://app:9000: the host name has no address.", exception.Message);
    }

    [Theory]
    [InlineData(ResponderSocket.Unix, "no such socket (is the application running, and does it listen on this path?)")]
    [InlineData(ResponderSocket.AbstractUnix, "connection refused; nothing listens there")]
    [InlineData(ResponderSocket.Tcp, "connection refused; nothing listens there")]
    [InlineData(ResponderSocket.TcpIPv6, "connection refused; nothing listens there")]
    public async Task Connect_NobodyListens_SaysWhy(ResponderSocket kind, string reason)
    {
        var address = await ScriptedResponder.UnusedAddressAsync(kind);

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => Connect(address));

        Assert.Equal(FastCgiError.ConnectFailed, exception.Error);
        Assert.Equal($"No connection to {address}: {reason}.", exception.Message);
    }

    [Fact]
    public async Task Connect_SocketFileOfADeadProcess_IsRefused()
    {
        using var directory = new TempDirectory();
        var path = directory.Combine("app.sock");
        using var bound = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        bound.Bind(new UnixDomainSocketEndPoint(path));

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => Connect("unix:" + path));

        Assert.Equal(FastCgiError.ConnectFailed, exception.Error);
        Assert.Contains("connection refused", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_PathLeadsThroughAFile_Fails()
    {
        using var directory = new TempDirectory();
        var file = directory.WriteFile("file", "");

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => Connect($"unix:{file}/app.sock"));

        Assert.Equal(FastCgiError.ConnectFailed, exception.Error);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Connect_NoPermission_SaysWhichUserLacksIt()
    {
        await using var responder = ScriptedResponder.StartWithoutAccepting();
        File.SetUnixFileMode(responder.EndPoint.ToString()!, UnixFileMode.None);

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => Unprivileged.Begin(() => Connect(responder.Address)));

        Assert.Equal(FastCgiError.ConnectFailed, exception.Error);
        Assert.Matches($"permission denied: the socket is 0000 \\S+:\\S+, this process runs as '{Environment.UserName}'", exception.Message);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Connect_ClosedDirectory_SaysWhichOne()
    {
        using var directory = new TempDirectory();
        var closed = directory.CreateDirectory("closed");
        Directory.CreateDirectory(Path.Combine(closed, "inner"));
        File.SetUnixFileMode(closed, UnixFileMode.None);
        try
        {
            var exception = await Assert.ThrowsAsync<FastCgiException>(() => Unprivileged.Begin(() => Connect($"unix:{closed}/inner/app.sock")));

            Assert.Contains($"permission denied: the directory '{closed}' is 0000 ", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(closed, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task Connect_FileThatIsNoSocket_SaysSo()
    {
        using var directory = new TempDirectory();

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => Connect($"unix:{directory.WriteFile("app.sock", "")}"));

        Assert.Contains("what is there is no socket", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_TcpDoesNotAnswer_TimesOut()
    {
        var time = new ObservedTimeProvider();
        using var silent = await FullBacklog.ListenAsync(new IPEndPoint(IPAddress.Loopback, 0));

        var connecting = Connect("fastcgi://" + silent.EndPoint, time);
        time.Advance(await time.WaitForTimerAsync());
        var exception = await Assert.ThrowsAsync<FastCgiException>(() => connecting);

        Assert.Equal(FastCgiError.ConnectTimeout, exception.Error);
        Assert.Equal($"No connection to fastcgi://{silent.EndPoint} within ConnectTimeout (00:00:05): it did not answer.", exception.Message);
    }

    [Fact]
    public async Task Connect_NameServerDoesNotAnswer_TimesOut()
    {
        var time = new ObservedTimeProvider();
        var connector = CreateByName(9000, time, (_, _) => new TaskCompletionSource<IPAddress[]>().Task);

        var connecting = connector.ConnectAsync(CancellationToken.None).AsTask();
        var due = await time.WaitForTimerAsync();
        time.Advance(due);
        var exception = await Assert.ThrowsAsync<FastCgiException>(() => connecting);

        Assert.Equal(Timeout, due);
        Assert.Equal(FastCgiError.ConnectTimeout, exception.Error);
        Assert.EndsWith("its host name was not resolved.", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connect_UnixBacklogStaysFull_TriesEverMoreRarelyUntilTheTimeout()
    {
        var time = new ObservedTimeProvider();
        using var directory = new TempDirectory();
        using var full = await FullBacklog.ListenAsync(new UnixDomainSocketEndPoint(directory.Combine("app.sock")));
        var backOffs = new List<double>();

        var connecting = Connect("unix:" + full.EndPoint, time);
        for (var waited = TimeSpan.Zero; waited < Timeout;)
        {
            var backOff = await time.WaitForTimerAsync();
            backOffs.Add(backOff.TotalMilliseconds);
            waited += backOff;
            time.Advance(backOff);
        }

        var exception = await Assert.ThrowsAsync<FastCgiException>(() => connecting);

        Assert.Equal(FastCgiError.ConnectTimeout, exception.Error);
        Assert.EndsWith("its backlog of waiting connections stayed full.", exception.Message, StringComparison.Ordinal);
        Assert.Equal([2, 4, 8, 16, 32, 64, 100, 100], backOffs.Take(8));
        Assert.Equal(Timeout.TotalMilliseconds, backOffs.Sum());
    }

    [Fact]
    public async Task Connect_UnixBacklogGetsRoom_Connects()
    {
        var time = new ObservedTimeProvider();
        using var directory = new TempDirectory();
        using var full = await FullBacklog.ListenAsync(new UnixDomainSocketEndPoint(directory.Combine("app.sock")));

        var connecting = Connect("unix:" + full.EndPoint, time);
        time.Advance(await time.WaitForTimerAsync());
        var backOff = await time.WaitForTimerAsync();
        await full.AcceptAsync();
        time.Advance(backOff);
        using var socket = await connecting.WithinAsync("the connection");

        Assert.True(socket.Connected);
    }

    [Fact]
    public async Task Connect_CanceledBefore_DoesNotConnect()
    {
        await using var responder = ScriptedResponder.StartWithoutAccepting();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Connect(responder.Address, new FakeTimeProvider(), new CancellationToken(canceled: true)));
    }

    [Theory]
    [InlineData("backlog")]
    [InlineData("answer")]
    [InlineData("name")]
    public async Task Connect_CanceledWhileWaiting_EndsAtOnce(string waitingFor)
    {
        var time = new ObservedTimeProvider();
        using var directory = new TempDirectory();
        using var full = await FullBacklog.ListenAsync(
            waitingFor == "backlog" ? new UnixDomainSocketEndPoint(directory.Combine("app.sock")) : new IPEndPoint(IPAddress.Loopback, 0));
        using var cancellation = new CancellationTokenSource();
        var connecting = waitingFor switch
        {
            "backlog" => Connect("unix:" + full.EndPoint, time, cancellation.Token),
            "answer" => Connect("fastcgi://" + full.EndPoint, time, cancellation.Token),
            _ => CreateByName(9000, time, (_, _) => new TaskCompletionSource<IPAddress[]>().Task).ConnectAsync(cancellation.Token).AsTask(),
        };
        await time.WaitForTimerAsync();

        await cancellation.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WithinAsync("the cancellation"));
        Assert.Equal(cancellation.Token, exception.CancellationToken);
    }

    [Fact]
    public async Task Connect_GivenUpTaskFailsLater_IsObserved()
    {
        var marker = Guid.NewGuid().ToString();
        var unobserved = false;
        EventHandler<UnobservedTaskExceptionEventArgs> onUnobserved = (_, args) => unobserved |= args.Exception.InnerException?.Message == marker;
        TaskScheduler.UnobservedTaskException += onUnobserved;
        try
        {
            var task = await GiveUpAsync(marker);

            // What a collected and finalized task reports, it reports here.
            await Eventually.UntilAsync(
                () =>
                {
                    GC.Collect();
                    GC.WaitForPendingFinalizers();
                    return !task.IsAlive;
                },
                "the task to be collected");

            Assert.False(unobserved);
        }
        finally
        {
            TaskScheduler.UnobservedTaskException -= onUnobserved;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<WeakReference> GiveUpAsync(string marker)
    {
        var resolved = new TaskCompletionSource<IPAddress[]>();
        var time = new ObservedTimeProvider();
        var connecting = CreateByName(9000, time, (_, _) => resolved.Task).ConnectAsync(CancellationToken.None).AsTask();
        time.Advance(await time.WaitForTimerAsync());
        await Assert.ThrowsAsync<FastCgiException>(() => connecting);
        resolved.SetException(new InvalidOperationException(marker));
        return new WeakReference(resolved.Task, trackResurrection: true);
    }

    private static Task<Socket> Connect(string address, TimeProvider? time = null, CancellationToken cancellationToken = default)
        => new Connector(FastCgiEndpoint.Parse(address), Timeout, time ?? new FakeTimeProvider()).ConnectAsync(cancellationToken).AsTask();

    private static Task<Socket> ConnectByName(int port, TimeProvider time, params IPAddress[] addresses)
        => CreateByName(port, time, (_, _) => Task.FromResult(addresses)).ConnectAsync(CancellationToken.None).AsTask();

    private static Connector CreateByName(int port, TimeProvider time, Func<string, CancellationToken, Task<IPAddress[]>> resolve)
        => new(FastCgiEndpoint.Parse($"fastcgi://app:{port}"), Timeout, time, resolve);

    private static async Task<EndPoint> UnusedTcpAsync()
    {
        await using var responder = ScriptedResponder.StartWithoutAccepting(ResponderSocket.Tcp);
        return responder.EndPoint;
    }

    private static int Port(EndPoint endPoint) => ((IPEndPoint)endPoint).Port;
}
