using System.Diagnostics.Metrics;
using System.Globalization;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Balancing;

/// <summary>What destinations say about how busy they are, and what comes of it.</summary>
public class StatusTests
{
    private const string Busy = """
        <?php
        touch($_GET['dir'] . '/started' . getmypid());
        while (!file_exists($_GET['dir'] . '/end')) { usleep(10000); clearstatcache(); }
        echo 'done';
        """;

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(1, true, 3)]
    [InlineData(1, false, 3)]
    [InlineData(2, true, 1)]
    [InlineData(4, true, 1)]
    public async Task MaxConnectionsAuto_PhpFpm_IsTheGatewaysShareOfItsWorkers(int gateways, bool statusListen, int expected)
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 3, StatusListen = statusListen });
        await using var proxy = await TestProxy.StartAsync(Json(fpm, $$""" "MaxConnections": "auto", "Gateways": {{gateways}} """));

        // php-fpm starts them one by one.
        await Eventually.UntilAsync(() => proxy.Pool(fpm.Address) is { Load.Workers: 3 } pool && pool.MaxConnections == expected, $"the pool to have {expected} connections");
    }

    [RequiresProgramFact(ExternalProgram.PhpCgi)]
    public async Task MaxConnectionsAuto_PhpCgi_IsWhatItAnswersToGetValues()
    {
        await using var cgi = await PhpCgi.StartAsync(children: 3);
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(cgi.Address) { ClusterFastCgi = """ "MaxConnections": "auto", "StatusInterval": "00:00:00.05" """ });

        var entry = await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "StatusKnown", "that the number of workers is known");
        Assert.Equal("Destination 'a' of cluster 'app' says how busy it is: it has 3 workers.", entry.Message);
        Assert.Equal(3, proxy.Pool(cgi.Address).MaxConnections);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task MaxConnectionsAuto_ApplicationDoesNotSay_StaysAsItWasAndIsLoggedOnce()
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 2 });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(fpm.Address) { ClusterFastCgi = """ "MaxConnections": "auto", "StatusInterval": "00:00:00.01" """ });

        var entry = await proxy.Logs.WaitForAsync(entry => entry.EventId.Name == "StatusUnknown", "that the application does not say how busy it is");
        Assert.EndsWith("For php-fpm set StatusPath.", entry.Message, StringComparison.Ordinal);
        Assert.Equal(100, proxy.Pool(fpm.Address).MaxConnections);
        Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "StatusUnknown");
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task MaxConnectionsAuto_NoLongerWanted_GivesTheDefaultBack()
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 2, StatusListen = true });
        var json = Json(fpm, """ "MaxConnections": "auto" """);
        await using var proxy = await TestProxy.StartAsync(json);
        var pool = proxy.Pool(fpm.Address);
        await Eventually.UntilAsync(() => pool.MaxConnections == 2, "the pool to have 2 connections");

        Assert.Null(await proxy.ReloadAsync(json with { ClusterFastCgi = json.ClusterFastCgi.Replace("\"MaxConnections\": \"auto\"", "\"Gateways\": 1", StringComparison.Ordinal) }));

        Assert.Same(pool, proxy.Pool(fpm.Address));
        Assert.Equal(100, pool.MaxConnections);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Metrics_OfPhpFpm_AreWhatItsStatusSays()
    {
        await using var fpm = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 3, StatusListen = true });
        await using var proxy = await TestProxy.StartAsync(Json(fpm));
        var measured = new Dictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name.StartsWith("fastcgi.fpm.", StringComparison.Ordinal) && ReferenceEquals(instrument.Meter.Scope, proxy.Services.GetService(typeof(IMeterFactory))))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
            measured[string.Join(' ', [instrument.Name, .. tags.ToArray().Select(tag => string.Create(CultureInfo.InvariantCulture, $"{tag.Key}={tag.Value}"))])] = value);
        listener.Start();

        await WhileBusyAsync(fpm, proxy, 1, async () =>
        {
            await Eventually.UntilAsync(
                () =>
                {
                    listener.RecordObservableInstruments();
                    return measured.GetValueOrDefault("fastcgi.fpm.processes fastcgi.cluster.id=app fastcgi.destination.id=a fastcgi.fpm.process.state=active") == 1
                        && measured.GetValueOrDefault("fastcgi.fpm.processes fastcgi.cluster.id=app fastcgi.destination.id=a fastcgi.fpm.process.state=idle") == 2;
                },
                "one active worker and two idle ones to be measured");
            Assert.Equal(0, measured["fastcgi.fpm.listen_queue fastcgi.cluster.id=app fastcgi.destination.id=a"]);
            Assert.Equal(0, measured["fastcgi.fpm.max_children_reached fastcgi.cluster.id=app fastcgi.destination.id=a"]);
            Assert.True(measured["fastcgi.fpm.accepted_connections fastcgi.cluster.id=app fastcgi.destination.id=a"] >= 1);
            Assert.Equal(0, measured["fastcgi.fpm.slow_requests fastcgi.cluster.id=app fastcgi.destination.id=a"]);
        });
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task FastCgiLeastBusy_WorkersBusyForOthers_TakesTheDestinationWithIdleOnes()
    {
        // Workers that have just answered count as active for a moment: a has enough to be idle all the same.
        await using var a = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 8, StatusListen = true });
        await using var b = await PhpFpm.StartAsync(new PhpFpmOptions { Children = 2, StatusListen = true });

        // One script for both tells them apart by a setting of theirs.
        var script = a.Files.Write("name.php", "<?php echo ini_get('session.save_path');");
        await using var other = await TestProxy.StartAsync(Json(b));
        await using var proxy = await TestProxy.StartAsync($$"""
            {
              "Routes": { "site": { "ClusterId": "app", "Match": { "Path": "/{**path}" }, "FastCgi": { "ScriptFile": "{{script}}" } } },
              "Clusters": { "app": {
                "Transport": "fastcgi",
                "LoadBalancingPolicy": "FastCgiLeastBusy",
                "FastCgi": { "StatusPath": "{{a.StatusPath}}", "StatusInterval": "00:00:00.05", "DocumentRoot": "/" },
                "Destinations": {
                  "a": { "Address": "{{a.Address}}", "Health": "{{a.StatusAddress}}" },
                  "b": { "Address": "{{b.Address}}", "Health": "{{b.StatusAddress}}" }
                }
              } }
            }
            """);

        await WhileBusyAsync(b, other, 2, async () =>
        {
            await Eventually.UntilAsync(() => proxy.Pool(b.Address).Load is { Workers: 2, OtherRequests: 2 } && proxy.Pool(a.Address).Load is { OtherRequests: 0 }, "the status of both");
            for (var i = 0; i < 6; i++)
            {
                Assert.Equal(a.Files.Scratch, await proxy.Client.GetStringAsync("/"));
            }
        });
    }

    [Fact]
    public async Task Status_OwnQueueDoesNotShrink_IsCongestedUntilItDoes()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var a = ScriptedResponder.Start(async request =>
        {
            if (request["REQUEST_URI"] == "/status?json")
            {
                return Reply.Text("""{"process manager":"static","idle processes":0,"active processes":1,"listen queue":0}""");
            }

            await release.Task.WithinAsync("the test to let the request go");
            return Reply.Text("a");
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address)
        {
            ClusterFastCgi = """ "MaxConnections": 1, "StatusPath": "/status", "StatusInterval": "00:00:00.05" """,
        });
        await Eventually.UntilAsync(() => proxy.Pool(a.Address).Load is { IsCongested: false }, "the first status");

        // The status has a connection of its own: it is known although the only one for requests is in use.
        var requests = Enumerable.Range(0, 3).Select(_ => proxy.Client.GetStringAsync("/")).ToArray();
        await Eventually.UntilAsync(() => proxy.Pool(a.Address).Load is { IsCongested: true }, "the queue to be noticed");

        release.SetResult();
        Assert.All(await Task.WhenAll(requests), answer => Assert.Equal("a", answer));
        await Eventually.UntilAsync(() => proxy.Pool(a.Address).Load is { IsCongested: false }, "the end of the queue to be noticed");
    }

    [Fact]
    public async Task Status_ListenQueueOfTheApplication_IsCongestedWhenItDoesNotShrink()
    {
        var queue = 0;
        await using var a = ScriptedResponder.Start(_ => Reply.Text(
            $$"""{"process manager":"static","idle processes":0,"active processes":1,"listen queue":{{Volatile.Read(ref queue)}}}"""));
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address) { ClusterFastCgi = """ "StatusPath": "/status", "StatusInterval": "00:00:00.05" """ });
        await Eventually.UntilAsync(() => proxy.Pool(a.Address).Load is { IsCongested: false }, "the first status");

        Volatile.Write(ref queue, 4);
        await Eventually.UntilAsync(() => proxy.Pool(a.Address).Load is { IsCongested: true, OtherRequests: >= 4 }, "the queue to be noticed");
        Volatile.Write(ref queue, 0);
        await Eventually.UntilAsync(() => proxy.Pool(a.Address).Load is { IsCongested: false }, "the end of the queue to be noticed");
    }

    [Fact]
    public async Task Status_NoStatus_IsLoggedOnceAndRequestsGoOn()
    {
        var asked = 0;
        await using var a = ScriptedResponder.Start(request =>
        {
            if (request["REQUEST_URI"] == "/status?json")
            {
                Interlocked.Increment(ref asked);
                return Reply.Status(404, "Not Found", "File not found.");
            }

            return Reply.Text("a");
        });
        await using var proxy = await TestProxy.StartAsync(new ProxyJson(a.Address) { ClusterFastCgi = """ "StatusPath": "/status", "StatusInterval": "00:00:00.01" """ });

        await Eventually.UntilAsync(() => Volatile.Read(ref asked) > 3, "the status to be asked for again");

        Assert.Equal("a", await proxy.Client.GetStringAsync("/"));
        var entry = Assert.Single(proxy.Logs.Ours, entry => entry.EventId.Name == "StatusUnknown");
        Assert.StartsWith("Destination 'a' of cluster 'app' does not say how busy it is", entry.Message, StringComparison.Ordinal);
        Assert.Contains("with status 404, is no status of php-fpm", entry.Message, StringComparison.Ordinal);
    }

    private static ProxyJson Json(PhpFpm fpm, string more = """ "Gateways": 1 """)
    {
        fpm.Files.Write("busy.php", Busy);
        return new ProxyJson(fpm.Address)
        {
            FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}" """,
            ClusterFastCgi = $$""" {{more}}, "StatusPath": "{{fpm.StatusPath}}", "StatusInterval": "00:00:00.05" """,
            Destination = fpm.HasStatusAddress ? $$""" "Health": "{{fpm.StatusAddress}}" """ : "",
        };
    }

    /// <summary>Occupies so many workers.</summary>
    private static async Task WhileBusyAsync(PhpFpm fpm, TestProxy proxy, int workers, Func<Task> action)
    {
        var busy = Enumerable.Range(0, workers).Select(_ => proxy.Client.GetStringAsync($"/busy.php?dir={fpm.Files.Scratch}")).ToArray();
        try
        {
            await Eventually.UntilAsync(() => Directory.GetFiles(fpm.Files.Scratch, "started*").Length == workers, "the workers to be busy");
            await action();
        }
        finally
        {
            await File.WriteAllTextAsync(Path.Combine(fpm.Files.Scratch, "end"), "");
        }

        Assert.All(await Task.WhenAll(busy), answer => Assert.Equal("done", answer));
    }
}
