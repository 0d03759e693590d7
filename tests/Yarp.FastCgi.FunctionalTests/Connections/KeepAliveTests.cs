using System.Net;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Connections;

public class KeepAliveTests
{
    private const string On = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "IdleTimeout": "01:00:00" """;

    [Fact]
    public async Task Off_EachRequest_HasAConnectionOfItsOwn()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request.KeepConnection ? "kept" : "closed"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        Assert.Equal("closed", await proxy.Client.GetStringAsync("/"));
        Assert.Equal("closed", await proxy.Client.GetStringAsync("/"));

        await responder.WaitForConnectionClosedAsync(2);
        await responder.WaitForScriptAsync(1);
        await responder.WaitForScriptAsync(2);
    }

    [Fact]
    public async Task On_RequestsOneBehindTheOther_ShareAConnection()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text(request.StdinText));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });

        for (var i = 0; i < 5; i++)
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, "/") { Content = new StringContent(new string('x', i * 50_000)) };
            using var response = await proxy.Client.SendAsync(message);
            Assert.Equal(i * 50_000, (await response.Content.ReadAsStringAsync()).Length);
        }

        Assert.Equal(1, responder.AcceptedConnections);
    }

    [Fact]
    public async Task On_MaxRequestsPerConnection_StartsANewOne()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text($"{request.ConnectionNumber}"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On + """, "MaxRequestsPerConnection": 2 """ });

        var connections = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            connections.Add(await proxy.Client.GetStringAsync("/"));
        }

        Assert.Equal(["1", "1", "2", "2", "3"], connections);
        await responder.WaitForConnectionClosedAsync(2);
    }

    [Fact]
    public async Task On_IdleTimeout_ClosesTheConnection()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "KeepAlive": true, "MaxConnectionLifetime": "01:00:00", "IdleTimeout": "00:00:00.1" """ });

        Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));

        await responder.WaitForConnectionClosedAsync();
    }

    [Theory]
    [InlineData("STDOUT behind END_REQUEST")]
    [InlineData("END_REQUEST twice")]
    [InlineData("a byte behind END_REQUEST")]
    [InlineData("body longer than Content-Length")]
    public async Task On_ConnectionNotCleanBehindTheResponse_IsNotUsedAgain(string dirt)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            while (await connection.TryReadRequestAsync() is not null)
            {
                await connection.SendRawAsync(dirt switch
                {
                    "STDOUT behind END_REQUEST" => Wire.Join(Wire.Stdout("\r\nok"), Wire.EndRequest(), Wire.Stdout("Status: 500\r\n\r\nof another request")),
                    "END_REQUEST twice" => Wire.Join(Wire.Stdout("\r\nok"), Wire.EndRequest(), Wire.EndRequest()),
                    "a byte behind END_REQUEST" => Wire.Join(Wire.Stdout("\r\nok"), Wire.EndRequest(), [1]),
                    _ => Wire.Join(Wire.Stdout("Content-Length: 2\r\n\r\nok and more"), Wire.EndRequest()),
                });
            }
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });

        for (var i = 1; i <= 3; i++)
        {
            Assert.Equal("ok", await proxy.Client.GetStringAsync("/"));
            await responder.WaitForConnectionClosedAsync(i);
        }

        Assert.Equal(3, responder.AcceptedConnections);
    }

    [Fact]
    public async Task On_ApplicationClosesTheIdleConnection_TheNextRequestTakesANewOne()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendReplyAsync(Reply.Text("ok"));
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });

        for (var i = 1; i <= 5; i++)
        {
            using var response = await proxy.Client.PostAsync("/", new StringContent("a body"));
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            await responder.WaitForConnectionClosedAsync(i);
        }
    }

    [Theory]
    [InlineData(ResponderSocket.Unix, false)]
    [InlineData(ResponderSocket.Tcp, false)]
    [InlineData(ResponderSocket.Tcp, true)]
    public async Task On_KeptConnectionDiesUnderAGet_IsRetriedOnANewOne(ResponderSocket kind, bool reset)
    {
        await using var responder = ScriptedResponder.Start(connection => AnswerOnceThenDieAsync(connection, reset), kind);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });

        Assert.Equal("1", await proxy.Client.GetStringAsync("/"));
        Assert.Equal("2", await proxy.Client.GetStringAsync("/"));

        Assert.Equal(2, responder.AcceptedConnections);
        Assert.Equal(3, responder.Requests.Count);
    }

    [Fact]
    public async Task On_Post_NeverRisksAKeptConnection()
    {
        await using var responder = ScriptedResponder.Start(connection => AnswerOnceThenDieAsync(connection, reset: false));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });

        // A kept connection may turn out closed only after the request was sent, and a POST must not be sent twice.
        Assert.Equal("1", await proxy.Client.GetStringAsync("/"));
        using var response = await proxy.Client.PostAsync("/", new StringContent("a body"));

        Assert.Equal("2", await response.Content.ReadAsStringAsync());
        Assert.Single(responder.Requests, request => request["REQUEST_METHOD"] == "POST");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task On_FreshConnectionDiesUnderARequest_Is502AndNothingIsExecutedTwice(string method)
    {
        await using var responder = ScriptedResponder.Start(connection => connection.ReadRequestAsync());
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });
        using var message = new HttpRequestMessage(new HttpMethod(method), "/");

        using var response = await proxy.Client.SendAsync(message);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Single(responder.Requests);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_ApplicationWritesForTheRequestBefore_ItIsDroppedAndTheNextRequestAnswered(bool thenCloses)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            var first = await connection.ReadRequestAsync();
            await connection.SendReplyAsync(Reply.Text($"connection {connection.Number}"));
            var second = await connection.TryReadRequestAsync();
            if (second is null)
            {
                return;
            }

            Assert.NotEqual(first.Id, second.Id);
            await connection.SendRecordAsync(WireRecordType.Stdout, "Status: 200\r\n\r\nstray"u8.ToArray(), padding: 7, first.Id);
            await connection.SendRecordAsync(WireRecordType.Stderr, "stray"u8.ToArray(), requestId: first.Id);
            await connection.SendRawAsync(Wire.EndRequest(requestId: first.Id));
            if (!thenCloses)
            {
                await connection.SendReplyAsync(Reply.Text("connection 1 again"));
                await connection.WaitForPeerCloseAsync();
            }
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });

        Assert.Equal("connection 1", await proxy.Client.GetStringAsync("/"));
        Assert.Equal(thenCloses ? "connection 2" : "connection 1 again", await proxy.Client.GetStringAsync("/"));

        await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "FormerOutputDropped" && entry.Message.Contains(responder.Address, StringComparison.Ordinal), "what was dropped");
    }

    [Fact]
    public async Task On_RequestsOfOneConnection_HaveIdsOfTheirOwn()
    {
        await using var responder = ScriptedResponder.Start(request => Reply.Text($"{request.Id} {request.StdinLength}"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = On });

        for (var i = 1; i <= 4; i++)
        {
            // A body that does not go out with the params has the id as well: the responder insists on one in all records of a request.
            using var message = new HttpRequestMessage(HttpMethod.Get, "/") { Content = new ByteArrayContent(new byte[100_000]) };
            using var response = await proxy.Client.SendAsync(message);
            Assert.Equal($"{i} 100000", await response.Content.ReadAsStringAsync());
        }
    }

    private static async Task AnswerOnceThenDieAsync(ScriptedConnection connection, bool reset)
    {
        await connection.ReadRequestAsync();
        await connection.SendReplyAsync(Reply.Text($"{connection.Number}"));
        if (connection.Number == 1)
        {
            await connection.ReadRequestAsync();
            if (reset)
            {
                connection.Reset();
            }

            return;
        }

        await connection.WaitForPeerCloseAsync();
    }
}
