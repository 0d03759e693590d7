using System.Diagnostics;
using Yarp.FastCgi.FunctionalTests.Authorization;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Telemetry;

/// <summary>The application's span is the child of the span of the attempt that reached it.</summary>
[Collection(nameof(Tracing))]
public class TraceContextTests
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private const string ClientParent = $"00-{TraceId}-b7ad6b7169203331-01";

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task Request_InATrace_ReachesTheApplicationAsChildOfTheAttempt(ForwardingPath path)
    {
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address).On(path));

        await SendAsync(proxy, new() { ["traceparent"] = ClientParent, ["tracestate"] = "vendor=1", ["baggage"] = "user=ada" });

        var request = Assert.Single(responder.Requests);
        var span = Assert.Single(await spans.WaitAsync());
        Assert.Equal(TraceId, span.TraceId.ToHexString());
        Assert.NotEqual("b7ad6b7169203331", span.ParentSpanId.ToHexString());
        Assert.Equal($"00-{TraceId}-{span.SpanId.ToHexString()}-01", request["HTTP_TRACEPARENT"]);
        Assert.Equal("vendor=1", request["HTTP_TRACESTATE"]);
        Assert.Equal("user=ada", request["HTTP_BAGGAGE"]?.Replace(" ", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Request_WithABody_IsFollowedByTheBodyAsItWas()
    {
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));
        var body = TestBody.Create(30_000);

        using var response = await proxy.Client.PostAsync("/", new ByteArrayContent(body));

        var request = Assert.Single(responder.Requests);
        Assert.Equal((await spans.WaitAsync())[0].Id, request["HTTP_TRACEPARENT"]);
        Assert.Equal(body, request.Stdin);
    }

    [Fact]
    public async Task Attempts_OfOneRequest_EachCarryTheirOwnSpan()
    {
        using var spans = new RecordedSpans();
        await using var a = ScriptedResponder.Start(_ => Reply.Status(503));
        await using var b = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address, b.Address)
        {
            ClusterFastCgi = """ "Retries": { "On": [ "503" ] } """,
            Cluster = """ "LoadBalancingPolicy": "FirstAlphabetical" """,
        });

        await SendAsync(proxy, []);

        var attempts = await spans.WaitAsync(2);
        Assert.Equal(attempts[0].Id, Assert.Single(a.Requests)["HTTP_TRACEPARENT"]);
        Assert.Equal(attempts[1].Id, Assert.Single(b.Requests)["HTTP_TRACEPARENT"]);
        Assert.NotEqual(attempts[0].Id, attempts[1].Id);
        Assert.Equal(attempts[0].ParentSpanId, attempts[1].ParentSpanId);
    }

    [Fact]
    public async Task Authorizer_AndApplication_AreChildrenOfTheirOwnAttempts()
    {
        using var spans = new RecordedSpans();
        await using var authorizer = ScriptedResponder.Start(_ => Reply.Empty);
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, authorizer.Address).ToString());

        await SendAsync(proxy, new() { ["traceparent"] = ClientParent });

        var attempts = await spans.WaitAsync(2);
        Assert.Equal(attempts[0].Id, Assert.Single(authorizer.Requests)["HTTP_TRACEPARENT"]);
        Assert.Equal(attempts[1].Id, Assert.Single(application.Requests)["HTTP_TRACEPARENT"]);
        Assert.Equal("authorizer", attempts[0].GetTagItem("fastcgi.role"));
        Assert.Equal("auth", attempts[0].GetTagItem("fastcgi.cluster.id"));
        Assert.Equal("responder", attempts[1].GetTagItem("fastcgi.role"));
    }

    [Theory]
    [InlineData(ActivitySamplingResult.None)]
    [InlineData(ActivitySamplingResult.PropagationData)]
    public async Task SampledOut_TheTraceGoesOnUnsampledWithoutAttributes(ActivitySamplingResult sampling)
    {
        using var spans = new RecordedSpans(sampling);
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        await SendAsync(proxy, new() { ["traceparent"] = $"00-{TraceId}-b7ad6b7169203331-00" });

        Assert.Matches($"^00-{TraceId}-(?!b7ad6b7169203331)[0-9a-f]{{16}}-00$", Assert.Single(responder.Requests)["HTTP_TRACEPARENT"]);
        Assert.All(spans.Ended, span => Assert.Empty(span.TagObjects));
        Assert.All(spans.Ended, span => Assert.Empty(span.Events));
    }

    [Fact]
    public async Task NoTrace_InThisProcess_LetsTheClientsThrough()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(WithoutServerSpan(responder));

        await SendAsync(proxy, new() { ["traceparent"] = ClientParent });
        await SendAsync(proxy, []);

        Assert.Equal([ClientParent, null], responder.Requests.Select(request => request["HTTP_TRACEPARENT"]));
    }

    [Fact]
    public async Task Propagator_PassThrough_HandsOnWhatTheClientSent()
    {
        using var set = new PropagatorOfTest(DistributedContextPropagator.CreatePassThroughPropagator());
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        await SendAsync(proxy, new() { ["traceparent"] = ClientParent });

        Assert.Equal(ClientParent, Assert.Single(responder.Requests)["HTTP_TRACEPARENT"]);
    }

    [Fact]
    public async Task Propagator_None_HandsOnNothing()
    {
        using var set = new PropagatorOfTest(DistributedContextPropagator.CreateNoOutputPropagator());
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address));

        await SendAsync(proxy, new() { ["traceparent"] = ClientParent, ["tracestate"] = "vendor=1" });

        var request = Assert.Single(responder.Requests);
        Assert.Null(request["HTTP_TRACEPARENT"]);
        Assert.Null(request["HTTP_TRACESTATE"]);
    }

    [Fact]
    public async Task Propagator_OfTheProgram_NamesTheParams()
    {
        using var set = new PropagatorOfTest(new B3Propagator());
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = """ "CheckFile": "Off", "UnderscoreHeaders": ["x_b3_spanid"] """ });

        await SendAsync(proxy, new() { ["X-B3-TraceId"] = "forged", ["x_b3_spanid"] = "forged", ["X-B3-Sampled"] = "0", ["X-B3-Other"] = "passes" });

        var request = Assert.Single(responder.Requests);
        var span = Assert.Single(await spans.WaitAsync());
        Assert.Equal(span.TraceId.ToHexString(), request["HTTP_X_B3_TRACEID"]);
        Assert.Equal(span.SpanId.ToHexString(), request["HTTP_X_B3_SPANID"]);
        Assert.Equal("1", request["HTTP_X_B3_SAMPLED"]);
        Assert.Equal("passes", request["HTTP_X_B3_OTHER"]);
        Assert.Null(request["HTTP_TRACEPARENT"]);
    }

    [Fact]
    public async Task Propagator_ThatFails_LosesNoConnection()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("hello"));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { ClusterFastCgi = """ "MaxConnections": 1, "QueueLimit": 1 """ });
        using (new PropagatorOfTest(new FailingPropagator()))
        {
            using var failed = await proxy.Client.GetAsync("/");
            Assert.Equal(System.Net.HttpStatusCode.InternalServerError, failed.StatusCode);
        }

        Assert.Equal("hello", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task Params_OfTheConfiguration_GoBeforeTheTraceContext()
    {
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address)
        {
            FastCgi = """ "CheckFile": "Off", "Params": { "HTTP_TRACEPARENT": "own", "HTTP_TRACESTATE": "" } """,
        });

        await SendAsync(proxy, new() { ["traceparent"] = ClientParent, ["tracestate"] = "vendor=1" });

        var request = Assert.Single(responder.Requests);
        Assert.Equal("own", request["HTTP_TRACEPARENT"]);
        Assert.Null(request["HTTP_TRACESTATE"]);
    }

    [Fact]
    public async Task RequestHeaders_NotPassed_TheTraceContextIs()
    {
        using var spans = new RecordedSpans();
        await using var responder = ScriptedResponder.Start(_ => Reply.Empty);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(responder.Address) { FastCgi = """ "CheckFile": "Off", "PassRequestHeaders": "false" """ });

        await SendAsync(proxy, []);

        Assert.Equal((await spans.WaitAsync())[0].Id, Assert.Single(responder.Requests)["HTTP_TRACEPARENT"]);
    }

    private static TestProxyOptions WithoutServerSpan(ScriptedResponder responder) => new()
    {
        Json = new ProxyJson(responder.Address).ToString(),
        App = app => app.Use(next => context =>
        {
            Activity.Current = null;
            return next(context);
        }),
    };

    private static async Task SendAsync(TestProxy proxy, Dictionary<string, string> headers)
    {
        // A raw client: HttpClient has a trace context of its own.
        using var client = await proxy.ConnectAsync();
        var fields = string.Concat(headers.Select(header => $"{header.Key}: {header.Value}\r\n"));
        await client.SendAsync($"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{fields}\r\n");
        await client.ReadToEndAsync();
    }

    /// <summary>One that a program got wrong.</summary>
    private sealed class FailingPropagator : DistributedContextPropagator
    {
        public override IReadOnlyCollection<string> Fields { get; } = [];

        public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) => throw new InvalidOperationException("It fails.");

        public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState)
            => (traceId, traceState) = (null, null);

        public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
    }

    private sealed class PropagatorOfTest : IDisposable
    {
        private readonly DistributedContextPropagator _before = DistributedContextPropagator.Current;

        public PropagatorOfTest(DistributedContextPropagator propagator) => DistributedContextPropagator.Current = propagator;

        public void Dispose() => DistributedContextPropagator.Current = _before;
    }
}
