using System.Globalization;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Many clients at once: every one gets the answer to its own request, whole.</summary>
public class ParallelTests
{
    private const int Clients = 200;
    private const int RequestsPerClient = 3;

    [Theory]
    [InlineData(ForwardingPath.Direct, false, BodyKeeping.Memory, true)]
    [InlineData(ForwardingPath.Direct, false, BodyKeeping.Streamed, false)]
    [InlineData(ForwardingPath.Direct, true, BodyKeeping.File, false)]
    [InlineData(ForwardingPath.Messages, false, BodyKeeping.File, true)]
    [InlineData(ForwardingPath.Messages, true, BodyKeeping.Streamed, true)]
    public async Task Clients200_MixedBodies_NoResponseIsMixedUpOrLost(ForwardingPath path, bool http2, BodyKeeping keeping, bool keepAlive)
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            while (await connection.TryReadRequestAsync() is { } request)
            {
                // The number of the request, an echo of its body, and the number once more.
                var id = request["QUERY_STRING"]!;
                await connection.SendStdoutAsync($"X-Id: {id}\r\n\r\n{id};");
                foreach (var record in request.Records.Where(record => record.Type == WireRecordType.Stdin && !record.Content.IsEmpty))
                {
                    await connection.SendStdoutAsync(record.Content);
                }

                await connection.SendStdoutAsync($";{id}");
                await connection.EndRequestAsync();
                if (!request.KeepConnection)
                {
                    return;
                }
            }
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = keeping.ToJson(),
            ClusterFastCgi = $$""" "KeepAlive": {{(keepAlive ? "true" : "false")}}, "MaxConnectionLifetime": "01:00:00", "MaxConnections": 20 """,
        }.On(path));

        // Streamed bodies that wait in the queue unread share the window of their HTTP/2 connection (1 MiB): together they must fit.
        var longest = http2 && keeping == BodyKeeping.Streamed ? 4000 : int.MaxValue;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            for (var i = 0; i < RequestsPerClient; i++)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"{client}-{i}");
                var body = TestBody.Create(Math.Min(LengthOf(client, i), longest), seed: (client * RequestsPerClient) + i);
                using var content = body.Length == 0 ? null : i % 2 == 0 ? (HttpContent)new ByteArrayContent(body) : new GatedContent(stream => stream.WriteAsync(body).AsTask());
                using var response = await proxy.SendAsync(http2, i % 3 == 0 ? HttpMethod.Post : HttpMethod.Get, "/?" + id, content);

                Assert.Equal(id, Assert.Single(response.Headers.GetValues("X-Id")));
                var received = await response.Content.ReadAsByteArrayAsync();
                Assert.True(received.AsSpan().SequenceEqual((byte[])[.. Encoding.ASCII.GetBytes(id + ";"), .. body, .. Encoding.ASCII.GetBytes(";" + id)]), $"The answer to {id} is not its own.");
            }
        }));

        Assert.Equal(Clients * RequestsPerClient, responder.Requests.Count);
        Assert.All(responder.Requests, request => Assert.True(request.IsComplete));
    }

    // Most are small, some large: 0, up to 1000, up to 64 KiB, up to 1 MB.
    private static int LengthOf(int client, int i)
    {
        var random = new Random((client * 31) + i);
        return (i + client) switch
        {
            var n when n % 40 == 0 => random.Next(100_000, 1_000_000),
            var n when n % 4 == 0 => 0,
            var n when n % 3 == 0 => random.Next(1000, 65_537),
            _ => random.Next(1, 1000),
        };
    }
}
