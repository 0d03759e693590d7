using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Gateway.AccessLog;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.AccessLog;

/// <summary>What a gateway writes about requests that went through it.</summary>
public sealed class AccessLogTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    private string LogPath => _directory.Combine("access.log");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Json_AnsweredRequest_HasWhereItWentHowLongItTookAndHowItEnded()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Status(404, body: "missing"));
        await using var gateway = await StartAsync(application.Address, "\"Format\": \"json\", \"RequestHeaders\": [\"X-Request-Id\", \"X-Api-Key\"]");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/a.php?b=c&api_key=hunter2") { Content = new StringContent("12345") };
        request.Headers.Add("X-Request-Id", "r1");
        request.Headers.Add("X-Api-Key", "hunter2");
        request.Headers.Add("Cookie", "session=hunter2");
        request.Headers.Add("Authorization", "Bearer hunter2");
        request.Headers.Add("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");

        using (await gateway.Http1.SendAsync(request).WithinAsync("the response"))
        {
        }

        var line = JsonNode.Parse(await ReadLineAsync())!;
        Assert.DoesNotContain("hunter2", line.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("POST", Text(line, "method"));
        Assert.Equal("/a.php?b=c&api_key=(redacted)", Text(line, "target"));
        Assert.Equal("127.0.0.1", Text(line, "client"));
        Assert.Equal("404", Text(line, "status"));
        Assert.Equal("404", Text(line, "upstream_status"));
        Assert.Equal("5", Text(line, "request_bytes"));
        Assert.Equal("7", Text(line, "response_bytes"));
        Assert.Equal("complete", Text(line, "termination"));
        Assert.Equal("end", Text(line, "phase"));
        Assert.Equal(("site", "php", "a"), (Text(line, "route"), Text(line, "cluster"), Text(line, "destination")));
        Assert.Equal(application.Address, Text(line, "upstream"));
        Assert.Equal("1", Text(line, "attempts"));
        Assert.Equal("0af7651916cd43dd8448eb211c80319c", Text(line, "trace_id"));
        Assert.Equal("r1", Text(line["request_headers"], "x-request-id"));
        Assert.Equal("(redacted)", Text(line["request_headers"], "x-api-key"));
        var (total, connect, head) = (Number(line, "total_ms"), Number(line, "connect_ms"), Number(line, "first_byte_ms"));
        Assert.Equal(0, Number(line, "queue_ms"));
        Assert.True(connect > 0 && head > 0 && connect + head <= total, line.ToJsonString());
        Assert.True(Number(line, "upstream_sent") > 100 && Number(line, "upstream_received") > 7, line.ToJsonString());
    }

    [Fact]
    public async Task Json_RequestInTheQueue_HasTheTimeThere()
    {
        using var signal = new SemaphoreSlim(0);
        await using var application = ScriptedResponder.Start(async _ =>
        {
            await signal.WaitAsync().WithinAsync("the test to let the application answer");
            return Reply.Text("late");
        });
        await using var gateway = await StartAsync(application.Address, "\"Format\": \"Json\"", "\"MaxConnections\": 1");
        var first = gateway.Http1.GetStringAsync("/first");
        await application.WaitForRequestAsync();
        var second = gateway.Http1.GetStringAsync("/second");
        await Eventually.UntilAsync(() => DestinationQueue(gateway) == 1, "the second request to wait");

        signal.Release(2);
        await Task.WhenAll(first, second).WithinAsync("the responses");

        var lines = (await ReadLinesAsync(2)).Select(line => JsonNode.Parse(line)!).ToDictionary(line => Text(line, "target")!);
        Assert.Equal(0, Number(lines["/first"], "queue_ms"));
        Assert.True(Number(lines["/second"], "queue_ms") > 0, lines["/second"].ToJsonString());
    }

    [Theory]
    [InlineData("nobody", 502, "connect_failed", "connect")]
    [InlineData("silent", 502, "connection_lost", "head")]
    [InlineData("cut", 200, "connection_lost", "body")]
    [InlineData("nonsense", 502, "protocol_violation", "head")]
    [InlineData("full", 503, "queue_full", "queue")]
    public async Task Json_Failure_NamesItAndWhereItStruck(string what, int status, string termination, string phase)
    {
        await using var application = ScriptedResponder.StartForgetful(async connection =>
        {
            await connection.ReadRequestAsync();
            if (what == "cut")
            {
                await connection.SendStdoutAsync("Content-Type: text/plain\r\nContent-Length: 1000\r\n\r\npart");
            }
            else if (what == "nonsense")
            {
                await connection.SendRawAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
            }
            else if (what == "full")
            {
                await connection.WaitForPeerCloseAsync();
            }

            connection.Close();
        });
        var address = what == "nobody" ? $"unix:{_directory.Combine("none.sock")}" : application.Address;
        await using var gateway = await StartAsync(address, "\"Format\": \"Json\"", "\"MaxConnections\": 1, \"QueueLimit\": 0");
        using var giveUp = new CancellationTokenSource();
        var holder = what == "full" ? gateway.Http2.GetAsync("/hold", giveUp.Token) : null;
        if (holder is not null)
        {
            await application.WaitForConnectionAsync();
        }

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => gateway.Http1.GetStringAsync("/a")).WithinAsync("the failure");

        var line = JsonNode.Parse(await ReadLineAsync())!;
        Assert.Equal((status.ToString(CultureInfo.InvariantCulture), termination, phase), (Text(line, "status"), Text(line, "termination"), Text(line, "phase")));
        await giveUp.CancelAsync();
        if (holder is not null)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => holder);
        }
    }

    [Fact]
    public async Task Json_ClientThatGoesAway_IsCanceled()
    {
        await using var application = ScriptedResponder.StartForgetful(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var gateway = await StartAsync(application.Address, "\"Format\": \"Json\"");
        using (var client = await RawHttpConnection.ConnectAsync(gateway.EndPoint))
        {
            await client.SendAsync("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
            await application.WaitForConnectionAsync();
            client.Reset();
        }

        var line = JsonNode.Parse(await ReadLineAsync())!;

        Assert.Equal(("499", "canceled", "head"), (Text(line, "status"), Text(line, "termination"), Text(line, "phase")));
    }

    [Fact]
    public async Task Combined_NoRoute_IsALineToo()
    {
        await using var gateway = await StartAsync("unix:/run/none.sock", "", path: "/app/{**path}");

        using (await gateway.Http1.GetAsync("/other").WithinAsync("the response"))
        {
        }

        Assert.Matches("^127\\.0\\.0\\.1 - - \\[.*\\] \"GET /other HTTP/1\\.1\" 404 0 \"-\" \"-\"$", await ReadLineAsync());
    }

    [Fact]
    public async Task Reopen_RenamedFile_LeavesItAndGoesOnInANewOne()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var gateway = await StartAsync(application.Address, "");
        await gateway.Http1.GetStringAsync("/before").WithinAsync("the response");
        Assert.Contains("/before", await ReadLineAsync(), StringComparison.Ordinal);
        File.Move(LogPath, LogPath + ".1");

        gateway.Services.GetRequiredService<AccessLogWriter>().Reopen();
        await Eventually.UntilAsync(() => File.Exists(LogPath), "the new file");
        await gateway.Http1.GetStringAsync("/behind").WithinAsync("the response");

        Assert.Contains("/behind", await ReadLineAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain("/behind", await File.ReadAllTextAsync(LogPath + ".1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signal_RenamedFile_IsReopened()
    {
        var file = WriteConfiguration("unix:/run/none.sock", "", "", "/app/{**path}");
        using var gateway = await GatewayProcess.StartAsync(_directory.Path, "--config", file, "--listen", "http://127.0.0.1:0");
        File.Move(LogPath, LogPath + ".1");

        using (var kill = Process.Start("kill", ["-USR1", gateway.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }

        await Eventually.UntilAsync(() => File.Exists(LogPath), "the new file");
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(gateway.Url)).StatusCode);
        Assert.Contains("\"GET / HTTP/1.1\" 404", await ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Fact]
    public async Task Stop_RequestsThatWereJustAnswered_AreAllThere()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using (var gateway = await StartAsync(application.Address, ""))
        {
            for (var i = 0; i < 50; i++)
            {
                await gateway.Http1.GetStringAsync("/").WithinAsync("the response");
            }
        }

        Assert.Equal(50, (await File.ReadAllLinesAsync(LogPath)).Length);
    }

    private static int DestinationQueue(RunningGateway gateway)
        => gateway.Services.GetRequiredService<Yarp.ReverseProxy.IProxyStateLookup>().TryGetCluster("php", out var cluster)
            && cluster.Model.HttpClient is Yarp.FastCgi.Transport.FastCgiMessageInvoker invoker
            ? invoker.Pools.Get(cluster.Destinations["a"].Model.Config.Address).WaitingCount
            : 0;

    private Task<RunningGateway> StartAsync(string address, string options, string cluster = "", string path = "/{**path}")
        => RunningGateway.StartAsync("--config", WriteConfiguration(address, options, cluster, path));

    private string WriteConfiguration(string address, string options, string cluster, string path) => _directory.WriteFile(
        "gateway.json",
        $$"""
        {
          "Gateway": { "DrainDelay": "00:00:00", "AccessLog": { "Path": "{{LogPath}}"{{(options.Length > 0 ? ", " + options : "")}} } },
          "ReverseProxy": {
            "Routes": { "site": { "ClusterId": "php", "Match": { "Path": "{{path}}" } } },
            "Clusters": { "php": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "Off"{{(cluster.Length > 0 ? ", " + cluster : "")}} }, "Destinations": { "a": { "Address": "{{address}}" } } } }
          }
        }
        """);

    private async Task<string> ReadLineAsync() => (await ReadLinesAsync(1))[0];

    private async Task<string[]> ReadLinesAsync(int count)
    {
        string[] lines = [];
        await Eventually.UntilAsync(
            () =>
            {
                lines = File.Exists(LogPath) ? File.ReadAllText(LogPath).Split('\n', StringSplitOptions.RemoveEmptyEntries) : [];
                return lines.Length >= count;
            },
            "the lines of the access log");
        return lines;
    }

    private static string? Text(JsonNode? node, string name) => node?[name]?.ToString();

    private static double Number(JsonNode node, string name) => node[name]!.GetValue<double>();
}
