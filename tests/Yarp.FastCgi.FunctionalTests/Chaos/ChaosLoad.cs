using System.Collections.Concurrent;
using System.Net;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;

namespace Yarp.FastCgi.FunctionalTests.Chaos;

/// <summary>Clients that send requests of every kind and hold each response to what its request was.</summary>
internal sealed class ChaosLoad(TestProxy proxy)
{
    private static readonly HttpStatusCode[] CleanErrors =
        [HttpStatusCode.BadGateway, HttpStatusCode.ServiceUnavailable, HttpStatusCode.GatewayTimeout];

    /// <summary>How the requests ended: a status, or how the response was cut.</summary>
    public ConcurrentDictionary<string, int> Outcomes { get; } = new();

    public Task RunAsync(int clients, int requests, string prefix) => Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
    {
        for (var i = client; i < requests; i += clients)
        {
            await SendAsync($"{prefix}-{i}", i);
        }
    }));

    /// <exception cref="Xunit.Sdk.XunitException">A response was neither right nor a clean error.</exception>
    private async Task SendAsync(string id, int i)
    {
        var method = (i % 4) switch { 0 => HttpMethod.Post, 1 => HttpMethod.Post, 2 => HttpMethod.Head, _ => HttpMethod.Get };
        var body = method == HttpMethod.Post ? TestBody.Create((i % 5) switch { 0 => 0, 1 => 10, 2 => 3000, 3 => 70_000, _ => 300_000 }, seed: i) : [];
        var size = (i % 3) switch { 0 => 10, 1 => 20_000, _ => 400_000 };
        HttpContent? content = method != HttpMethod.Post ? null : i % 7 == 0 ? new GatedContent(stream => stream.WriteAsync(body).AsTask()) : new ByteArrayContent(body);
        string outcome;
        try
        {
            using var response = await proxy.SendAsync(http2: i % 2 == 0, method, $"/?id={id}&size={size}", content);
            var announced = response.Content.Headers.ContentLength;
            var received = await response.Content.ReadAsByteArrayAsync();
            outcome = $"{(int)response.StatusCode}";
            if (response.StatusCode == HttpStatusCode.OK)
            {
                var expected = ChaosAnswer.Create(id, size, body);
                Assert.Equal(expected.Length, announced ?? (method == HttpMethod.Head ? expected.Length : null));
                Assert.True(method == HttpMethod.Head ? received.Length == 0 : expected.AsSpan().SequenceEqual(received), $"Request {id} got another answer than its own.");
            }
            else if (response.StatusCode == HttpStatusCode.Forbidden)
            {
                Assert.True(method == HttpMethod.Head || System.Text.Encoding.ASCII.GetString(received) == "too early");
            }
            else
            {
                Assert.Contains(response.StatusCode, CleanErrors);
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or HttpIOException)
        {
            // The response was cut, and the client has been told so.
            outcome = "cut";
        }

        Outcomes.AddOrUpdate(outcome, 1, static (_, count) => count + 1);
    }
}
