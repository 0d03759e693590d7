using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry;

/// <summary>One trace from the client through the gateway into PHP, Python and Ruby, as a real receiver of OTLP gets it from all of them.</summary>
public sealed class EndToEndTraceTests : IDisposable
{
    private const string ClientSpan = "b7ad6b7169203331";

    // Continue the trace by hand, as docs/observability.md shows it: no extension is needed.
    private const string PhpScript = """
        <?php
        preg_match('/^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/', $_SERVER['HTTP_TRACEPARENT'] ?? '', $parent);
        $start = microtime(true);
        echo 'hello from PHP';
        fastcgi_finish_request();
        if ($parent && hexdec($parent[3]) & 1) {
            $span = ['traceId' => $parent[1], 'spanId' => bin2hex(random_bytes(8)), 'parentSpanId' => $parent[2], 'name' => 'php', 'kind' => 2,
                'startTimeUnixNano' => sprintf('%d', $start * 1e9), 'endTimeUnixNano' => sprintf('%d', microtime(true) * 1e9), 'status' => ['code' => 0]];
            $resource = ['attributes' => [['key' => 'service.name', 'value' => ['stringValue' => 'php-site']]]];
            $body = json_encode(['resourceSpans' => [['resource' => $resource, 'scopeSpans' => [['scope' => ['name' => 'site'], 'spans' => [$span]]]]]]);
            file_get_contents($_SERVER['OTLP_ENDPOINT'] . '/v1/traces', false, stream_context_create(
                ['http' => ['method' => 'POST', 'header' => 'Content-Type: application/json', 'content' => $body, 'timeout' => 5]]));
        }
        """;

    private const string PythonModule = """
        import json, re, secrets, time, urllib.request

        def application(environ, start_response):
            parent = re.fullmatch('00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})', environ.get('HTTP_TRACEPARENT', ''))
            start = time.time_ns()
            start_response('200 OK', [('Content-Type', 'text/plain')])
            if parent and int(parent[3], 16) & 1:
                span = {'traceId': parent[1], 'spanId': secrets.token_hex(8), 'parentSpanId': parent[2], 'name': 'python', 'kind': 2,
                        'startTimeUnixNano': str(start), 'endTimeUnixNano': str(time.time_ns()), 'status': {'code': 0}}
                resource = {'attributes': [{'key': 'service.name', 'value': {'stringValue': 'python-site'}}]}
                body = {'resourceSpans': [{'resource': resource, 'scopeSpans': [{'scope': {'name': 'site'}, 'spans': [span]}]}]}
                urllib.request.urlopen(urllib.request.Request(
                    environ['OTLP_ENDPOINT'] + '/v1/traces', json.dumps(body).encode(), {'Content-Type': 'application/json'}), timeout=5)
            return [b'hello from Python']
        """;

    private const string RubyScript = """
        require 'fcgi'
        require 'json'
        require 'net/http'
        require 'securerandom'

        def nanoseconds = Process.clock_gettime(Process::CLOCK_REALTIME, :nanosecond).to_s

        FCGI.each do |request|
          parent = /\A00-(\h{32})-(\h{16})-(\h{2})\z/.match(request.env['HTTP_TRACEPARENT'] || '')
          start = nanoseconds
          request.out.print("Content-Type: text/plain\r\n\r\nhello from Ruby")
          request.finish
          next unless parent && parent[3].hex.odd?

          span = { traceId: parent[1], spanId: SecureRandom.hex(8), parentSpanId: parent[2], name: 'ruby', kind: 2,
                   startTimeUnixNano: start, endTimeUnixNano: nanoseconds, status: { code: 0 } }
          resource = { attributes: [{ key: 'service.name', value: { stringValue: 'ruby-site' } }] }
          body = { resourceSpans: [{ resource: resource, scopeSpans: [{ scope: { name: 'site' }, spans: [span] }] }] }
          Net::HTTP.post(URI("#{ENV['OTLP_ENDPOINT']}/v1/traces"), JSON.generate(body), 'Content-Type' => 'application/json')
        end
        """;

    private readonly TempDirectory _directory = new();

    [RequiresProgramTheory(ExternalProgram.OtlpReceiver)]
    [InlineData("grpc")]
    [InlineData("http/protobuf")]
    public async Task Request_ThroughTheGateway_IsOneTraceIntoTheApplication(string protocol)
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var php = await PhpFpm.StartAsync();
        await using var python = await PythonApplication.StartAsync(PythonModule);
        php.Files.Write("index.php", PhpScript);
        using var gateway = await StartAsync(receiver, php, python, protocol);
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        const string PhpTrace = "11111111111111111111111111111111";
        const string PythonTrace = "22222222222222222222222222222222";
        const string RubyTrace = "55555555555555555555555555555555";
        const string UnsampledTrace = "33333333333333333333333333333333";
        Assert.Equal("hello from PHP", await GetAsync(client, gateway.Url + "/php/index.php", $"00-{PhpTrace}-{ClientSpan}-01"));
        Assert.Equal("hello from Python", await GetAsync(client, gateway.Url + "/python/page", $"00-{PythonTrace}-{ClientSpan}-01"));
        Assert.Equal("hello from Ruby", await GetAsync(client, gateway.Url + "/ruby/page", $"00-{RubyTrace}-{ClientSpan}-01"));
        Assert.Equal("hello from PHP", await GetAsync(client, gateway.Url + "/php/index.php", $"00-{UnsampledTrace}-{ClientSpan}-00"));

        AssertTree(await receiver.WaitAsync(PhpTrace, 4), "php-site", "php");
        AssertTree(await receiver.WaitAsync(PythonTrace, 4), "python-site", "python");
        AssertTree(await receiver.WaitAsync(RubyTrace, 4), "ruby-site", "ruby");
        Assert.DoesNotContain(receiver.Spans, span => span.TraceId == UnsampledTrace);
    }

    [RequiresProgramFact(ExternalProgram.OtlpReceiver)]
    public async Task ProbesAndManagementRequests_AreNoTraces()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        await using var application = ScriptedResponder.Start(_ => Reply.Text("hello"));
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "ReverseProxy": {
                "Routes": { "site": { "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
                "Clusters": {
                  "app": {
                    "Transport": "fastcgi",
                    "FastCgi": { "CheckFile": "Off" },
                    "HealthCheck": { "Active": { "Enabled": true, "Policy": "ConsecutiveFailures", "Interval": "00:00:00.2", "Timeout": "00:00:10", "Path": "/ping" } },
                    "Destinations": { "a": { "Address": "{{application.Address}}" } }
                  }
                }
              }
            }
            """);
        using var gateway = await StartAsync(receiver.HttpUrl, "http/protobuf", "--config", file, "--management", "http://127.0.0.1:0");
        using var client = new HttpClient { Timeout = TestTimeout.Default };
        await application.WaitForRequestAsync(count: 5);
        await client.GetStringAsync(new Uri(gateway.ManagementUrl + "/healthz"));

        // Spans go out in the order of their ends: what was a trace before this one has come when it has.
        const string TraceId = "44444444444444444444444444444444";
        Assert.Equal("hello", await GetAsync(client, gateway.Url + "/page", $"00-{TraceId}-{ClientSpan}-01"));
        await receiver.WaitAsync(TraceId, 3);

        Assert.All(receiver.Spans, span => Assert.Equal(TraceId, span.TraceId));
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Client, server span, YARP's, the attempt's and the application's are parent and child, in this order.</summary>
    private static void AssertTree(IReadOnlyList<ReceivedSpan> spans, string service, string name)
    {
        Assert.Equal(4, spans.Count);
        var server = Assert.Single(spans, span => span.ParentSpanId == ClientSpan);
        var proxy = Assert.Single(spans, span => span.ParentSpanId == server.SpanId);
        var attempt = Assert.Single(spans, span => span.ParentSpanId == proxy.SpanId);
        var application = Assert.Single(spans, span => span.ParentSpanId == attempt.SpanId);
        Assert.All([server, proxy, attempt], span => Assert.Equal("shop", span.Service));
        Assert.Equal("proxy.forwarder", proxy.Name);
        Assert.Equal("GET", attempt.Name);
        Assert.Equal((service, name), (application.Service, application.Name));
    }

    private Task<GatewayProcess> StartAsync(OtlpReceiver receiver, PhpFpm php, PythonApplication python, string protocol)
    {
        var ruby = _directory.WriteFile("app.rb", RubyScript);
        var parameters = $$""" "Params": { "OTLP_ENDPOINT": "{{receiver.HttpUrl}}" } """;
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "php": { "ClusterId": "php", "Match": { "Path": "/php/{**path}" }, "Transforms": [ { "PathRemovePrefix": "/php" } ] },
                  "python": { "ClusterId": "python", "Match": { "Path": "/python/{**path}" } },
                  "ruby": { "ClusterId": "ruby", "Match": { "Path": "/ruby/{**path}" } }
                },
                "Clusters": {
                  "php": {
                    "Transport": "fastcgi",
                    "FastCgi": { "DocumentRoot": "{{php.Files.Root}}", {{parameters}} },
                    "Destinations": { "a": { "Address": "{{php.Address}}" } }
                  },
                  "python": {
                    "Transport": "fastcgi",
                    "FastCgi": { "CheckFile": "Off", {{parameters}} },
                    "Destinations": { "a": { "Address": "{{python.Address}}" } }
                  },
                  "ruby": {
                    "Transport": "fastcgi",
                    "FastCgi": { "CheckFile": "Off" },
                    "Destinations": { "a": { "Address": "unix:{{_directory.Combine("ruby.sock")}}", "FastCgi": { "Interpreter": {
                      "Command": [ "{{ExternalProgram.Find("ruby")}}", "{{ruby}}" ],
                      "PassSocket": true,
                      "Environment": { "OTLP_ENDPOINT": "{{receiver.HttpUrl}}" },
                      "StartTimeout": "00:00:20"
                    } } } }
                  }
                }
              }
            }
            """);
        return StartAsync(protocol == "grpc" ? receiver.GrpcUrl : receiver.HttpUrl, protocol, "--config", file);
    }

    private Task<GatewayProcess> StartAsync(string collector, string protocol, params string[] args)
    {
        var environment = new Dictionary<string, string>
        {
            ["Gateway__DrainDelay"] = "00:00:00",
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = protocol,
            ["OTEL_SERVICE_NAME"] = "shop",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        };
        return GatewayProcess.StartAsync(_directory.Path, environment, [.. args, "--listen", "http://127.0.0.1:0"]);
    }

    private static async Task<string> GetAsync(HttpClient client, string url, string traceParent)
    {
        using var message = new HttpRequestMessage(HttpMethod.Get, url);
        message.Headers.Add("traceparent", traceParent);
        using var response = await client.SendAsync(message);
        return await response.Content.ReadAsStringAsync();
    }
}
