using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>
/// Nothing is left behind by a request. 20000 requests are made, unless FASTCGI_TEST_REQUESTS says otherwise:
/// <c>FASTCGI_TEST_REQUESTS=100000 dotnet test tests/Yarp.FastCgi.FunctionalTests --filter FullyQualifiedName~ResourceTests</c>.
/// </summary>
[Collection(nameof(WholeProcess))]
public class ResourceTests
{
    private const int Clients = 8;

    private const long Gibibyte = 1024 * 1024 * 1024;

    // Of large bodies, what is sent at once.
    private const int Piece = 1024 * 1024;

    // Far less than a body, and more than all buffers on its way.
    private const long AllowedGrowth = 4_000_000;

    private static readonly int Requests = int.Parse(Environment.GetEnvironmentVariable("FASTCGI_TEST_REQUESTS") ?? "20000", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(ForwardingPath.Direct, true, 50)]
    [InlineData(ForwardingPath.Direct, false, 30)]
    [InlineData(ForwardingPath.Messages, true, 20)]
    public async Task ManyRequests_OfEveryKind_DescriptorsAndMemoryStayFlat(ForwardingPath path, bool keepAlive, int percent)
    {
        await using var responder = ScriptedResponder.Start(ServeAsync);
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address)
            {
                FastCgi = """ "CheckFile": "Off", "RequestBufferSize": 2000 """,
                ClusterFastCgi = $""" "KeepAlive": {(keepAlive ? "true" : "false")}, "MaxConnectionLifetime": "01:00:00", "MaxConnections": {Clients} """,
            }.On(path).ToString(),
            Services = services => services.Configure<LoggerFilterOptions>(logging => logging.MinLevel = LogLevel.Error),
        });
        var count = Requests * percent / 100;

        // Pools of connections and buffers grow at first.
        await SendAsync(proxy, count / 3);
        await WaitUntilIdleAsync(proxy);
        var descriptors = CountDescriptors();
        var connections = responder.AcceptedConnections;
        var memory = GC.GetTotalMemory(forceFullCollection: true);
        await SendAsync(proxy, count);
        await WaitUntilIdleAsync(proxy);

        // The client's own pool may have grown by some, and the proxy may still be closing what clients have left.
        await Eventually.UntilAsync(() => CountDescriptors() <= descriptors + (2 * Clients), $"not much more than {descriptors} descriptors, there are {CountDescriptors()}");

        // The responder keeps a task of each connection.
        var allowed = 2_000_000 + (200 * (responder.AcceptedConnections - connections));
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - memory, long.MinValue, allowed);
        Assert.DoesNotContain(proxy.Logs.Entries, entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task Download_OfOneGibibyte_TheHeapStaysFlat()
    {
        const int Record = 32 * 1024;
        var records = Wire.Join([.. Enumerable.Repeat(Wire.Record(WireRecordType.Stdout, new byte[Record]), Piece / Record)]);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync($"Content-Type: application/octet-stream\r\nContent-Length: {Gibibyte}\r\n\r\n");
            for (var sent = 0L; sent < Gibibyte; sent += Piece)
            {
                await connection.SendRawAsync(records);
            }

            await connection.EndRequestAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        using var client = await proxy.ConnectAsync();
        var heap = new HeapWatch();
        var buffer = new byte[64 * 1024];

        await client.SendAsync("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
        await client.ReadHeadAsync();
        while (heap.Passed < Gibibyte && await client.ReadAsync(buffer) is > 0 and var count)
        {
            heap.Pass(count);
        }

        Assert.Equal(Gibibyte, heap.Passed);
        Assert.InRange(heap.Growth, 0, AllowedGrowth);
    }

    [Theory]
    [InlineData(BodyKeeping.Streamed)]
    [InlineData(BodyKeeping.File)]
    public async Task Upload_OfOneGibibyte_TheHeapStaysFlat(BodyKeeping keeping)
    {
        var heap = new HeapWatch();
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            while (await connection.ReadRecordAsync() is { Content.IsEmpty: false } record)
            {
                heap.Pass(record.Content.Length);
            }

            await connection.SendReplyAsync(Reply.Text("ok"));
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { FastCgi = keeping.ToJson() }.ToString(),
            Kestrel = kestrel => kestrel.Limits.MaxRequestBodySize = null,
        });
        using var client = await proxy.ConnectAsync();
        var piece = new byte[Piece];

        await client.SendAsync($"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {Gibibyte}\r\n\r\n");
        for (var sent = 0L; sent < Gibibyte; sent += Piece)
        {
            await client.SendAsync(piece);
        }

        Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
        Assert.Equal(Gibibyte, heap.Passed);
        Assert.InRange(heap.Growth, 0, AllowedGrowth);
    }

    private static async Task SendAsync(TestProxy proxy, int count)
        => await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            for (var i = client; i < count; i += Clients)
            {
                await SendOneAsync(proxy, i);
            }
        }));

    private static async Task SendOneAsync(TestProxy proxy, int i)
    {
        switch (i % 10)
        {
            case 0:
                using (var response = await proxy.SendAsync(http2: false, HttpMethod.Post, "/?short", new ByteArrayContent(new byte[i % 2000])))
                {
                    Assert.Equal("short", await response.Content.ReadAsStringAsync());
                }

                break;

            case 1:
                // Longer than the buffer: through a temporary file.
                using (var response = await proxy.SendAsync(http2: false, HttpMethod.Put, "/?short", new ByteArrayContent(new byte[2001 + (i % 1000)])))
                {
                    Assert.Equal("short", await response.Content.ReadAsStringAsync());
                }

                break;

            case 2:
                Assert.Equal(50_000, (await proxy.Client.GetByteArrayAsync("/?long")).Length);
                break;

            case 3:
                using (var response = await proxy.SendAsync(http2: false, HttpMethod.Head, "/?long"))
                {
                    Assert.True(response.IsSuccessStatusCode);
                }

                break;

            case 4:
                using (var response = await proxy.SendAsync(http2: true, HttpMethod.Get, "/?long"))
                {
                    Assert.Equal(50_000, (await response.Content.ReadAsByteArrayAsync()).Length);
                }

                break;

            case 5 when i % 100 == 5:
                await Assert.ThrowsAnyAsync<HttpRequestException>(() => proxy.Client.GetStringAsync("/?broken"));
                break;

            case 6 when i % 100 == 6:
                // A client that leaves.
                using (var client = await proxy.ConnectAsync())
                {
                    await client.SendAsync("GET /?long HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    client.Reset();
                }

                break;

            default:
                Assert.Equal("short", await proxy.Client.GetStringAsync("/?short"));
                break;
        }
    }

    /// <summary>Record by record, so that the responder does not keep the requests.</summary>
    private static async Task ServeAsync(ScriptedConnection connection)
    {
        var replies = new Dictionary<string, byte[]>
        {
            ["short"] = Wire.Join(Wire.Stdout("Content-Type: text/plain\r\n\r\nshort"), Wire.EndRequest()),
            ["long"] = Wire.Join(Wire.Stdout("Content-Type: text/plain\r\n\r\n"), Wire.Record(WireRecordType.Stdout, new byte[50_000]), Wire.EndRequest()),
            ["broken"] = Wire.Join(Wire.Stdout("Content-Length: 10\r\n\r\nshort"), Wire.EndRequest()),
        };
        var reply = replies["short"];
        while (await connection.ReadRecordAsync() is { } record)
        {
            if (record is { Type: WireRecordType.Params, Content.IsEmpty: false })
            {
                var text = System.Text.Encoding.Latin1.GetString(record.Content.Span);
                reply = replies.First(pair => text.Contains("QUERY_STRING" + pair.Key, StringComparison.Ordinal)).Value;
            }
            else if (record is { Type: WireRecordType.Stdin, Content.IsEmpty: true })
            {
                await connection.SendRawAsync(Wire.WithRequestId(record.RequestId, reply));
            }
        }
    }

    private static Task WaitUntilIdleAsync(TestProxy proxy)
        => Eventually.UntilAsync(() => proxy.Destination("a").ConcurrentRequestCount == 0, "the last request to end in the proxy");

    private static int CountDescriptors() => Directory.GetFiles("/proc/self/fd").Length;
}
