using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry;

/// <summary>OTEL_PROPAGATORS, from the client's header fields to the application's params, with the SDK of OpenTelemetry between them.</summary>
public sealed class PropagatorTests : IDisposable
{
    private const string Trace = "80f198ee56343ba864fe8b2a57d3eff7";
    private const string OtherTrace = "11111111111111111111111111111111";
    private const string Span = "e457b5a2e4d86bd1";
    private const string ParentOfClient = $"00-{Trace}-{Span}-01";

    private static readonly string[] Names =
        ["HTTP_TRACEPARENT", "HTTP_TRACESTATE", "HTTP_BAGGAGE", "HTTP_B3", "HTTP_X_B3_TRACEID", "HTTP_X_B3_SPANID", "HTTP_X_B3_PARENTSPANID", "HTTP_X_B3_SAMPLED", "HTTP_X_B3_FLAGS"];

    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task NotSet_W3CIsReplacedAndTheRestPasses()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        using var gateway = await StartAsync(application, propagators: null);

        await SendAsync(gateway, $"traceparent: {ParentOfClient}", "tracestate: vendor=1", "baggage: user=ada", $"b3: {OtherTrace}-{Span}-1", "X-B3-TraceId: other");

        AssertParams(
            application,
            ("HTTP_TRACEPARENT", $"00-{Trace}-(?!{Span})[0-9a-f]{{16}}-01"), ("HTTP_TRACESTATE", "vendor=1"), ("HTTP_BAGGAGE", "user ?= ?ada"),
            ("HTTP_B3", $"{OtherTrace}-{Span}-1"), ("HTTP_X_B3_TRACEID", "other"));

        await SendAsync(gateway, "tracestate: vendor=1", "baggage: user=ada");
        AssertParams(application, ("HTTP_TRACEPARENT", "00-[0-9a-f]{32}-[0-9a-f]{16}-01"), ("HTTP_BAGGAGE", "user ?= ?ada"));
    }

    [Fact]
    public async Task None_WhatTheClientSentPassesAndNothingIsAdded()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        using var gateway = await StartAsync(application, "none");

        await SendAsync(gateway, $"traceparent: {ParentOfClient}", "tracestate: vendor=1", "baggage: user=ada", $"b3: {Trace}-{Span}-1");
        AssertParams(application, ("HTTP_TRACEPARENT", ParentOfClient), ("HTTP_TRACESTATE", "vendor=1"), ("HTTP_BAGGAGE", "user=ada"), ("HTTP_B3", $"{Trace}-{Span}-1"));

        await SendAsync(gateway);
        AssertParams(application);
    }

    [Fact]
    public async Task TraceContext_WithoutBaggage_TheClientsBaggagePasses()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        using var gateway = await StartAsync(application, "tracecontext");

        await SendAsync(gateway, $"traceparent: {ParentOfClient}", "baggage: user=ada");

        AssertParams(application, ("HTTP_TRACEPARENT", $"00-{Trace}-(?!{Span})[0-9a-f]{{16}}-01"), ("HTTP_BAGGAGE", "user=ada"));
    }

    [Fact]
    public async Task B3_IsReadInBothFormsAndWrittenInOneField()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        using var gateway = await StartAsync(application, "b3");

        // Formats that are not configured neither are read nor replaced.
        await SendAsync(gateway, $"b3: {Trace}-{Span}-1-{Span}", $"X-B3-TraceId: {OtherTrace}", "X-B3-Sampled: 0", $"traceparent: 00-{OtherTrace}-{Span}-00", "baggage: user=ada");
        AssertParams(application, ("HTTP_B3", $"{Trace}-(?!{Span})[0-9a-f]{{16}}-1"), ("HTTP_TRACEPARENT", $"00-{OtherTrace}-{Span}-00"), ("HTTP_BAGGAGE", "user=ada"));

        await SendAsync(gateway, $"X-B3-TraceId: {Trace}", $"X-B3-SpanId: {Span}", $"X-B3-ParentSpanId: {Span}", "X-B3-Sampled: 0");
        AssertParams(application, ("HTTP_B3", $"{Trace}-(?!{Span})[0-9a-f]{{16}}-0"));

        await SendAsync(gateway, $"b3: {Trace}-{Span}-d");
        AssertParams(application, ("HTTP_B3", $"{Trace}-(?!{Span})[0-9a-f]{{16}}-d"));

        await SendAsync(gateway, $"b3: 64fe8b2a57d3eff7-{Span}-1");
        AssertParams(application, ("HTTP_B3", $"000000000000000064fe8b2a57d3eff7-(?!{Span})[0-9a-f]{{16}}-1"));

        await SendAsync(gateway, "b3: forged");
        AssertParams(application, ("HTTP_B3", "[0-9a-f]{32}-[0-9a-f]{16}-1"));
    }

    [Fact]
    public async Task B3Multi_WithW3C_AllAreOfOneSpan()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        using var gateway = await StartAsync(application, "b3multi,tracecontext,baggage");

        await SendAsync(gateway, $"X-B3-TraceId: {Trace}", $"X-B3-SpanId: {Span}", "X-B3-Sampled: 1", "b3: forged", $"traceparent: 00-{OtherTrace}-{Span}-01", "baggage: user=ada");

        var request = AssertParams(
            application,
            ("HTTP_X_B3_TRACEID", Trace), ("HTTP_X_B3_SPANID", $"(?!{Span})[0-9a-f]{{16}}"), ("HTTP_X_B3_SAMPLED", "1"),
            ("HTTP_TRACEPARENT", $"00-{Trace}-[0-9a-f]{{16}}-01"), ("HTTP_BAGGAGE", "user ?= ?ada"));
        Assert.Equal($"00-{Trace}-{request["HTTP_X_B3_SPANID"]}-01", request["HTTP_TRACEPARENT"]);
    }

    [Fact]
    public async Task B3_WithoutTheSdk_IsHonouredToo()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        using var gateway = await StartAsync(application, "b3", ("OTEL_SDK_DISABLED", "true"));

        await SendAsync(gateway, $"b3: {Trace}-{Span}-0");

        AssertParams(application, ("HTTP_B3", $"{Trace}-(?!{Span})[0-9a-f]{{16}}-0"));
    }

    [Fact]
    public async Task B3_HttpDestination_GetsItToo()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var site = builder.Build();
        site.Run(static context => context.Response.WriteAsync($"b3={context.Request.Headers["b3"]} id={context.Request.Headers["X-B3-TraceId"]} traceparent={context.Request.Headers.TraceParent}."));
        await site.StartAsync().WithinAsync("the site to start");
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "ReverseProxy": {
                "Routes": { "site": { "ClusterId": "site", "Match": { "Path": "/{**path}" } } },
                "Clusters": { "site": { "Destinations": { "a": { "Address": "{{site.Urls.Single()}}" } } } }
              }
            }
            """);
        using var gateway = await GatewayProcess.StartAsync(_directory.Path, Variables("b3"), "--config", file, "--listen", "http://127.0.0.1:0");

        var response = await SendAsync(gateway, $"b3: {Trace}-{Span}-1", $"X-B3-TraceId: {OtherTrace}", $"traceparent: {ParentOfClient}");

        Assert.Matches($"b3={Trace}-(?!{Span})[0-9a-f]{{16}}-1 id= traceparent={ParentOfClient}\\.", response);
    }

    [Fact]
    public async Task Unknown_BesideAnotherError_TheGatewayDoesNotStartAndNamesBoth()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync(application, "jaeger", ("OTEL_LOGS_EXPORTER", "console")));

        Assert.Contains("'OTEL_PROPAGATORS' is 'jaeger', but must be a list of tracecontext, baggage, b3, b3multi, or none alone.", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'OTEL_LOGS_EXPORTER' is 'console'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_ValidateFindsIt()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty);
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "ReverseProxy": {
                "Routes": { "site": { "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
                "Clusters": { "app": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "Off" }, "Destinations": { "a": { "Address": "{{application.Address}}" } } } }
              }
            }
            """);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => GatewayProcess.StartAsync(_directory.Path, Variables("jaeger"), "validate", file));

        Assert.Contains($"{file}: error: 'OTEL_PROPAGATORS' is 'jaeger'", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>What the last request carried of any format, no more and no less.</summary>
    private static ReceivedRequest AssertParams(ScriptedResponder application, params (string Name, string Pattern)[] expected)
    {
        var request = application.Requests[^1];
        Assert.Equal(expected.Select(param => param.Name).Order(), Names.Where(name => request[name] is not null).Order());
        Assert.All(expected, param => Assert.Matches($"^{param.Pattern}$", request[param.Name]));
        return request;
    }

    private Task<GatewayProcess> StartAsync(ScriptedResponder application, string? propagators, params (string Name, string Value)[] variables)
        => GatewayProcess.StartAsync(_directory.Path, Variables(propagators, variables), "--app", application.Address, "--listen", "http://127.0.0.1:0");

    private static Dictionary<string, string> Variables(string? propagators, params (string Name, string Value)[] others)
    {
        // Nobody listens at port 9 (discard): the spans are made and get lost.
        var variables = new Dictionary<string, string>
        {
            ["Gateway__DrainDelay"] = "00:00:00",
            ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] = "http://127.0.0.1:9",
        };
        if (propagators is not null)
        {
            variables["OTEL_PROPAGATORS"] = propagators;
        }

        foreach (var (name, value) in others)
        {
            variables[name] = value;
        }

        return variables;
    }

    // A raw client: HttpClient has a trace context of its own.
    private static async Task<string> SendAsync(GatewayProcess gateway, params string[] fields)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, new Uri(gateway.Url).Port).WithinAsync("the gateway to accept the connection");
        var stream = client.GetStream();
        var request = $"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        var response = await reader.ReadToEndAsync().WithinAsync("the response");
        Assert.StartsWith("HTTP/1.1 200", response, StringComparison.Ordinal);
        return response;
    }
}
