using System.Diagnostics;
using OpenTelemetry.Context.Propagation;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry.Propagation;

/// <summary>The class that docs/observability.md gives to users of the SDK.</summary>
public class SdkPropagatorTests
{
    private const string Trace = "80f198ee56343ba864fe8b2a57d3eff7";
    private const string Span = "e457b5a2e4d86bd1";

    private static readonly SdkPropagator Propagator = new(new CompositeTextMapPropagator([CreateB3(), new BaggagePropagator()]));

    [Fact]
    public void Document_HasItWordForWord()
    {
        var source = Read("SdkPropagator.cs");
        var code = source[source.IndexOf("internal sealed class", StringComparison.Ordinal)..].TrimEnd();

        Assert.Contains($"\n```csharp\n{code}\n```\n", Read("observability.md"), StringComparison.Ordinal);
    }

    [Fact]
    public void Fields_AreThoseThatAreNamedAndThoseThatAreSet()
        => Assert.Equal(
            ["b3", "baggage", "X-B3-Flags", "X-B3-ParentSpanId", "X-B3-Sampled", "X-B3-SpanId", "X-B3-TraceId"],
            Propagator.Fields.Order(StringComparer.OrdinalIgnoreCase));

    [Fact]
    public void Extract_ContextAndBaggage_AreRead()
    {
        var headers = new Dictionary<string, string> { ["b3"] = $"{Trace}-{Span}-1", ["baggage"] = "user=ada" };

        Propagator.ExtractTraceIdAndState(headers, Get, out var traceId, out var traceState);

        Assert.Equal(($"00-{Trace}-{Span}-01", null), (traceId, traceState));
        Assert.Equal([KeyValuePair.Create("user", (string?)"ada")], Propagator.ExtractBaggage(headers, Get));
    }

    [Fact]
    public void Extract_NoContext_IsNone()
    {
        Propagator.ExtractTraceIdAndState(new Dictionary<string, string>(), Get, out var traceId, out _);

        Assert.Null(traceId);
    }

    [Fact]
    public void Inject_ContextAndBaggage_AreSet()
    {
        using var activity = new Activity("test");
        activity.SetParentId(ActivityTraceId.CreateFromString(Trace), ActivitySpanId.CreateFromString(Span), ActivityTraceFlags.Recorded);
        activity.AddBaggage("user", "ada");
        activity.Start();
        var headers = new List<string>();

        Propagator.Inject(activity, headers, static (carrier, field, text) => ((List<string>)carrier!).Add($"{field}: {text}"));

        Assert.Equal([$"b3: {Trace}-{activity.SpanId}-1", "baggage: user=ada"], headers);
    }

    // The one of the SDK itself is obsolete, for a package that has the same one.
    private static TextMapPropagator CreateB3()
        => (TextMapPropagator)Activator.CreateInstance(typeof(TextMapPropagator).Assembly.GetType("OpenTelemetry.Context.Propagation.B3Propagator", throwOnError: true)!, [true])!;

    private static string Read(string file) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, file)).ReplaceLineEndings("\n");

    private static void Get(object? carrier, string field, out string? value, out IEnumerable<string>? values)
    {
        values = null;
        value = ((Dictionary<string, string>)carrier!).GetValueOrDefault(field);
    }
}
