using System.Net;
using Xunit.Abstractions;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>A gateway that may open no more descriptors: what it has taken on is answered, and it recovers by itself.</summary>
public sealed class DescriptorExhaustionTests(ITestOutputHelper output) : IDisposable
{
    private const int Clients = 60;

    // Far fewer than the clients need, who each want a descriptor on both sides.
    private const int SpareDescriptors = 30;

    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Descriptors_UsedUp_EachRequestIsAnsweredAndTheGatewayRecovers()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var application = ScriptedResponder.Start(async request =>
        {
            if (request["QUERY_STRING"] != "before")
            {
                await release.Task.WithinAsync("the test to let the application answer");
            }

            return Reply.Text("answer to " + request["QUERY_STRING"]);
        });
        using var gateway = await GatewayProcess.StartAsync(_directory.Path, "--app", application.Address, "--listen", "http://127.0.0.1:0");
        using var client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { Timeout = TestTimeout.Default };
        await WarmUpAsync(gateway, client, application);
        var atTheStart = gateway.CountDescriptors();
        gateway.LimitDescriptors(atTheStart + SpareDescriptors);

        var asking = Enumerable.Range(0, Clients).Select(i => client.GetAsync(new Uri($"{gateway.Url}/?{i}"))).ToArray();
        await Eventually.UntilAsync(() => gateway.CountDescriptors() >= atTheStart + SpareDescriptors - 1, "the gateway to use up its descriptors");
        release.SetResult();
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < Clients; i++)
        {
            using var response = await asking[i];
            statuses.Add(response.StatusCode);
            if (response.StatusCode == HttpStatusCode.OK)
            {
                Assert.Equal($"answer to {i}", await response.Content.ReadAsStringAsync());
            }
        }

        // Those that were accepted but found no descriptor for the application; the rest waited to be accepted.
        Assert.All(statuses, status => Assert.Contains(status, new[] { HttpStatusCode.OK, HttpStatusCode.BadGateway }));
        Assert.Contains(HttpStatusCode.OK, statuses);
        Assert.Equal("answer to after", await client.GetStringAsync(new Uri($"{gateway.Url}/?after")));
        await Eventually.UntilAsync(() => gateway.CountDescriptors() <= atTheStart + 5, "the gateway to close what it has opened");
        output.WriteLine(
            $"{Clients} requests with {SpareDescriptors} descriptors: 200: {statuses.Count(status => status == HttpStatusCode.OK)}, 502: {statuses.Count(status => status == HttpStatusCode.BadGateway)}; descriptors {atTheStart} -> {gateway.CountDescriptors()}");
    }

    // .NET ends a process that can load no assembly for want of a descriptor: both ways through the gateway are to be loaded.
    private static async Task WarmUpAsync(GatewayProcess gateway, HttpClient client, ScriptedResponder application)
    {
        var url = new Uri($"{gateway.Url}/?before");
        foreach (var answer in await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => client.GetStringAsync(url))))
        {
            Assert.Equal("answer to before", answer);
        }

        await application.StopAsync();
        using var failed = await client.GetAsync(url);
        Assert.Equal(HttpStatusCode.BadGateway, failed.StatusCode);
        application.Restart();
    }

    public void Dispose() => _directory.Dispose();
}
