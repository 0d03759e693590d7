using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Yarp.FastCgi.Gateway.Telemetry.Propagation;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry.Propagation;

public class TracePropagatorsTests
{
    private const string Trace = "80f198ee56343ba864fe8b2a57d3eff7";
    private const string Span = "e457b5a2e4d86bd1";
    private const string OtherTrace = "11111111111111111111111111111111";

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void Read_NotSet_LeavesThePropagatorOfDotNet(string? value) => Assert.Null(Read(value));

    [Theory]
    [InlineData("none", "")]
    [InlineData("tracecontext", "traceparent tracestate")]
    [InlineData("baggage", "baggage")]
    [InlineData("tracecontext,baggage", "traceparent tracestate baggage")]
    [InlineData(" B3 , b3multi,b3", "b3 X-B3-TraceId X-B3-SpanId X-B3-ParentSpanId X-B3-Sampled X-B3-Flags")]
    public void Read_Names_AreTheFieldsOfTheirFormats(string value, string fields) => Assert.Equal(fields, string.Join(' ', Read(value)!.Fields));

    [Theory]
    [InlineData("jaeger")]
    [InlineData("tracecontext,xray")]
    [InlineData("none,b3")]
    [InlineData(",")]
    public void Read_UnknownNames_AreAnErrorThatNamesTheVariable(string value)
    {
        var errors = new List<Exception>();

        Assert.Null(TracePropagators.Read(Configure(value), errors));

        Assert.Equal($"'OTEL_PROPAGATORS' is '{value}', but must be a list of tracecontext, baggage, b3, b3multi, or none alone.", Assert.Single(errors).Message);
    }

    [Theory]
    [InlineData("tracecontext", $"00-{Trace}-{Span}-01", "vendor=1")]
    [InlineData("baggage", null, null)]
    [InlineData("b3", $"00-{OtherTrace}-{Span}-01", "b3=d")]
    [InlineData("b3multi,tracecontext", $"00-{OtherTrace}-{Span}-01", "b3=d")]
    [InlineData("tracecontext,b3multi", $"00-{Trace}-{Span}-01", "vendor=1")]
    [InlineData("none", null, null)]
    public void Extract_SeveralFormatsInARequest_TakesTheFirstThatIsConfigured(string value, string? parent, string? state)
    {
        var headers = new Dictionary<string, string>
        {
            ["traceparent"] = $"00-{Trace}-{Span}-01",
            ["tracestate"] = "vendor=1",
            ["b3"] = $"{OtherTrace}-{Span}-d",
            ["X-B3-TraceId"] = "no id",
        };

        Read(value)!.ExtractTraceIdAndState(headers, Get, out var traceId, out var traceState);

        Assert.Equal((parent, state), (traceId, traceState));
    }

    [Theory]
    [InlineData("baggage", true)]
    [InlineData("b3,baggage", true)]
    [InlineData("tracecontext", false)]
    [InlineData("b3", false)]
    public void ExtractBaggage_IsReadWhereItIsConfigured(string value, bool expected)
    {
        var baggage = Read(value)!.ExtractBaggage(new Dictionary<string, string> { ["baggage"] = "user=ada" }, Get);

        Assert.Equal(expected ? [KeyValuePair.Create("user", (string?)"ada")] : [], baggage ?? []);
    }

    [Theory]
    [InlineData("b3", ActivityTraceFlags.Recorded, null, "b3: {0}-{1}-1")]
    [InlineData("b3", ActivityTraceFlags.None, null, "b3: {0}-{1}-0")]
    [InlineData("b3", ActivityTraceFlags.Recorded, "vendor=1, b3=d", "b3: {0}-{1}-d")]
    [InlineData("b3", ActivityTraceFlags.None, "b3=d", "b3: {0}-{1}-0")]
    [InlineData("b3", ActivityTraceFlags.Recorded, "b3=data", "b3: {0}-{1}-1")]
    [InlineData("b3multi", ActivityTraceFlags.Recorded, null, "X-B3-TraceId: {0}|X-B3-SpanId: {1}|X-B3-Sampled: 1")]
    [InlineData("b3multi", ActivityTraceFlags.None, null, "X-B3-TraceId: {0}|X-B3-SpanId: {1}|X-B3-Sampled: 0")]
    [InlineData("b3multi", ActivityTraceFlags.Recorded, "b3=d", "X-B3-TraceId: {0}|X-B3-SpanId: {1}|X-B3-Flags: 1")]
    [InlineData("tracecontext", ActivityTraceFlags.Recorded, "vendor=1", "traceparent: 00-{0}-{1}-01|tracestate: vendor=1")]
    [InlineData("baggage", ActivityTraceFlags.Recorded, "vendor=1", "baggage: user = ada")]
    [InlineData("b3,tracecontext", ActivityTraceFlags.None, null, "b3: {0}-{1}-0|traceparent: 00-{0}-{1}-00")]
    [InlineData("none", ActivityTraceFlags.Recorded, null, "")]
    public void Inject_WritesTheConfiguredFormats(string value, ActivityTraceFlags flags, string? state, string expected)
    {
        using var activity = new Activity("test");
        activity.SetParentId(ActivityTraceId.CreateFromString(Trace), ActivitySpanId.CreateFromString(Span), flags);
        activity.TraceStateString = state;
        activity.AddBaggage("user", "ada");
        activity.Start();
        var headers = new List<string>();

        Read(value)!.Inject(activity, headers, static (carrier, field, text) => ((List<string>)carrier!).Add($"{field}: {text}"));

        Assert.Equal(
            string.Format(System.Globalization.CultureInfo.InvariantCulture, expected, Trace, activity.SpanId.ToHexString()), string.Join('|', headers));
    }

    private static DistributedContextPropagator? Read(string? value)
    {
        var errors = new List<Exception>();
        var propagator = TracePropagators.Read(Configure(value), errors);
        Assert.Empty(errors);
        return propagator;
    }

    private static IConfiguration Configure(string? value)
        => new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("OTEL_PROPAGATORS", value)]).Build();

    // As ASP.NET Core has it.
    private static void Get(object? carrier, string field, out string? value, out IEnumerable<string>? values)
    {
        values = null;
        value = ((Dictionary<string, string>)carrier!).GetValueOrDefault(field);
    }
}
