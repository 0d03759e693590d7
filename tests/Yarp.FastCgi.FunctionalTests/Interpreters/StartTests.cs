using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Interpreters;

/// <summary>What a program is given at its start, and what becomes of requests until it runs.</summary>
public class StartTests
{
    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Eager_Gateway_StartsItWithoutARequest()
    {
        await using var site = await InterpreterSite.StartAsync(members: """ "Start": "eager" """);

        await site.Proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "InterpreterOutput" && entry.Message.EndsWith(": ready", StringComparison.Ordinal), "the program's output");
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task PassSocket_Unix_IsDescriptor0AndNobodyElsesFile()
    {
        await using var site = await InterpreterSite.StartAsync();

        Assert.Equal("0o600", await site.AskAsync("mode"));

        // Nothing of the gateway's, but the connection that it has accepted itself.
        Assert.Equal("0 3", await site.AskAsync("descriptors"));
        Assert.Equal("not set", await site.AskAsync("env=FCGI_WEB_SERVER_ADDRS"));
    }

    [Fact]
    public async Task Signals_ThatTheGatewayIgnores_AreNotIgnoredByTheProgram()
    {
        using var directory = new TempDirectory();
        await using var proxy = await TestProxy.StartAsync(new ProxyJson($"unix:{directory.Combine("a.sock")}")
        {
            Destination = """ "FastCgi": { "Interpreter": { "Command": [ "/bin/sh", "-c", "grep SigIgn /proc/self/status" ], "Start": "eager" } } """,
        });

        // .NET ignores SIGPIPE.
        var line = await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "InterpreterOutput", "the program's signals");
        Assert.Equal(0UL, ulong.Parse(line.Message.Split('\t', ' ')[^1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1 << 12));
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task PassSocket_Loopback_TellsThePeersAddress()
    {
        using var program = new InterpreterProgram(InterpreterProgram.Python);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson($"fastcgi://{FreePort.OnLoopback()}") { Destination = program.Json() });

        Assert.EndsWith(" 127.0.0.1", await proxy.Client.GetStringAsync("/?env=FCGI_WEB_SERVER_ADDRS"), StringComparison.Ordinal);
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Environment_Given_IsExpandedAndTheOnlyOne()
    {
        Environment.SetEnvironmentVariable("YARP_FASTCGI_TEST", "gateway");
        using var program = new InterpreterProgram(InterpreterProgram.Python);
        var json = program.Json().Replace("\"EXECUTED\"", "\"FROM\": \"<${YARP_FASTCGI_TEST}>\", \"EXECUTED\"", StringComparison.Ordinal);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(program.Address) { Destination = json });

        Assert.EndsWith(" <gateway>", await proxy.Client.GetStringAsync("/?env=FROM"), StringComparison.Ordinal);
        Assert.EndsWith(" not set", await proxy.Client.GetStringAsync("/?env=YARP_FASTCGI_TEST"), StringComparison.Ordinal);
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task InheritEnvironment_True_AddsTheGateways()
    {
        Environment.SetEnvironmentVariable("YARP_FASTCGI_TEST", "gateway");
        await using var site = await InterpreterSite.StartAsync(members: """ "InheritEnvironment": true """);

        Assert.Equal("gateway", await site.AskAsync("env=YARP_FASTCGI_TEST"));
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task WorkingDirectory_Given_IsTheProgramsOwn()
    {
        await using var site = await InterpreterSite.StartAsync(members: """ "WorkingDirectory": "/usr" """);

        Assert.Equal("/usr", await site.AskAsync("cwd"));
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task UserAndGroup_RootOrNot_AreAppliedOrAnErrorOfTheLoad()
    {
        const string Members = """ "User": "1234", "Group": "4321" """;
        if (!Environment.IsPrivilegedProcess)
        {
            var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => InterpreterSite.StartAsync(members: Members));
            Assert.Contains("'FastCgi:Interpreter:User' is '1234', but the gateway runs as ", failure.InnerException!.Message, StringComparison.Ordinal);
            return;
        }

        using var program = new InterpreterProgram(InterpreterProgram.Python);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(program.Address) { Destination = program.Json(Members) });

        Assert.EndsWith(" 1234 4321 4321", await proxy.Client.GetStringAsync("/?ids"), StringComparison.Ordinal);

        // The gateway itself is what it was, for the next program too.
        Assert.True(Environment.IsPrivilegedProcess);
        Assert.EndsWith(" 1234 4321 4321", await proxy.Client.GetStringAsync("/?ids"), StringComparison.Ordinal);
    }

    [RequiresProgramFact(ExternalProgram.Interpreters)]
    public async Task Chroot_RootOrNot_IsAppliedOrAnErrorOfTheLoad()
    {
        using var program = new InterpreterProgram(InterpreterProgram.LibFcgi);
        var jail = program.Directory.Path;
        program.CompileForJail();
        var json = program.Json($""" "Chroot": "{jail}" """).Replace($"{jail}/application", "/application", StringComparison.Ordinal);
        var proxyJson = new ProxyJson(program.Address) { Destination = json };
        if (!Environment.IsPrivilegedProcess)
        {
            var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => TestProxy.StartAsync(proxyJson));
            Assert.Contains("'FastCgi:Interpreter:Chroot' is ", failure.InnerException!.Message, StringComparison.Ordinal);
            return;
        }

        await using var proxy = await TestProxy.StartAsync(proxyJson);

        Assert.EndsWith(" inside", await proxy.Client.GetStringAsync("/?inside"), StringComparison.Ordinal);
        Assert.Equal(["inside"], program.Executed);
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Requests_WhileItStarts_WaitAndAreServedInTheQueuesLimits()
    {
        using var program = new InterpreterProgram(InterpreterProgram.Python);
        var gate = program.Directory.Combine("go");
        var command = $"while [ ! -e {gate} ]; do sleep 0.02; done; exec {string.Join(' ', program.Command)}";
        var json = program.Json().Replace($"[ {string.Join(", ", program.Command.Select(argument => $"\"{argument}\""))} ]", $"[ \"/bin/sh\", \"-c\", \"{command}\" ]", StringComparison.Ordinal);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(program.Address) { Destination = json, ClusterFastCgi = """ "MaxConnections": 2, "QueueLimit": 3, "QueueTimeout": "00:00:20" """ });

        var asked = Enumerable.Range(0, 5).Select(i => proxy.Client.GetStringAsync($"/?{i}")).ToArray();
        await Eventually.UntilAsync(() => proxy.Pool(program.Address).WaitingCount == 3, "three requests to wait in the queue");
        using var refused = await proxy.Client.GetAsync(new Uri("/?5", UriKind.Relative));
        await File.WriteAllTextAsync(gate, "");
        var answers = await Task.WhenAll(asked).WithinAsync("the answers");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.Equal(["0", "1", "2", "3", "4"], answers.Select(answer => answer.Split(' ')[1]));
        Assert.Equal(["0", "1", "2", "3", "4"], program.Executed.Order());
    }

    [RequiresProgramFact(ExternalProgram.Python)]
    public async Task Address_SocketLeftBehind_IsReplaced()
    {
        using var program = new InterpreterProgram(InterpreterProgram.Python);
        using (var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            left.Bind(new UnixDomainSocketEndPoint(program.SocketPath));
            File.Move(program.SocketPath, program.SocketPath + ".kept");
        }

        File.Move(program.SocketPath + ".kept", program.SocketPath);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(program.Address) { Destination = program.Json() });

        Assert.EndsWith(" a", await proxy.Client.GetStringAsync("/?a"), StringComparison.Ordinal);
    }

    [RequiresProgramTheory(ExternalProgram.Python)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Address_InUseOrAFile_IsLeftAloneAndTheRequestFails(bool isFile)
    {
        using var program = new InterpreterProgram(InterpreterProgram.Python);
        using var other = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        if (isFile)
        {
            await File.WriteAllTextAsync(program.SocketPath, "");
        }
        else
        {
            other.Bind(new UnixDomainSocketEndPoint(program.SocketPath));
            other.Listen();
        }

        await using var proxy = await TestProxy.StartAsync(new ProxyJson(program.Address) { Destination = program.Json(""" "MaxFailures": 2 """) });
        using var response = await proxy.Client.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var failure = await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "InterpreterFailed", "the failure");
        Assert.Contains(isFile ? $"the file {program.SocketPath} (Address) is in the way" : $"another program listens on {program.Address} (Address) already", failure.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(program.SocketPath));
    }
}
