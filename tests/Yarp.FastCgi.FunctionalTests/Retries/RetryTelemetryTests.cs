using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Retries;

/// <summary>Each attempt has a span of its own, and retries are counted.</summary>
[Collection(nameof(Telemetry.Tracing))]
public class RetryTelemetryTests
{
    [Fact]
    public async Task Retry_ConnectFailure_TellsBothAttempts()
    {
        var spans = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Yarp.FastCgi",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        var down = await ScriptedResponder.UnusedAddressAsync();
        await using var b = ScriptedResponder.Start(_ => Reply.Status(404, "", "b"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(down, b.Address) { Cluster = """ "LoadBalancingPolicy": "FirstAlphabetical" """ });
        var retries = new ConcurrentQueue<(long Value, object? Cause)>();
        using var meter = ListenTo(proxy, retries);

        using var response = await proxy.Client.GetAsync("/");
        await Eventually.UntilAsync(() => Of(spans, b.Address).Any(), "the span of the second attempt to end");

        var first = Assert.Single(Of(spans, down));
        Assert.Equal("GET", first.DisplayName);
        Assert.Equal(ActivityKind.Client, first.Kind);
        Assert.Equal(ActivityStatusCode.Error, first.Status);
        Assert.Equal("connect_failed", first.GetTagItem("error.type"));
        Assert.Equal("fastcgi", first.GetTagItem("network.protocol.name"));
        Assert.Null(first.GetTagItem("http.request.resend_count"));
        var second = Assert.Single(Of(spans, b.Address));
        Assert.Equal(1, second.GetTagItem("http.request.resend_count"));
        Assert.Equal(404, second.GetTagItem("http.response.status_code"));
        Assert.Equal("404", second.GetTagItem("error.type"));
        Assert.Equal(first.ParentSpanId, second.ParentSpanId);
        Assert.Equal((1, "connect-failure"), Assert.Single(retries));
    }

    private static IEnumerable<Activity> Of(IEnumerable<Activity> spans, string address)
        => spans.Where(span => "unix:" + span.GetTagItem("server.address") == address);

    // Meters of other proxies in this process have another factory.
    private static MeterListener ListenTo(TestProxy proxy, ConcurrentQueue<(long Value, object? Cause)> retries)
    {
        var factory = proxy.Services.GetRequiredService<IMeterFactory>();
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Name == "fastcgi.client.retries" && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => retries.Enqueue((value, tags.ToArray().Single(tag => tag.Key == "fastcgi.retry.cause").Value)));
        listener.Start();
        return listener;
    }
}
