using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Gateway.Dashboard;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Dashboard;

/// <summary>The dashboard without a browser: what is served, to whom, and at what cost.</summary>
public sealed class DashboardTests
{
    [Theory]
    [InlineData("/", "text/html; charset=utf-8")]
    [InlineData("/dashboard.js", "text/javascript; charset=utf-8")]
    [InlineData("/dashboard.css", "text/css; charset=utf-8")]
    [InlineData("/uplot.js", "text/javascript; charset=utf-8")]
    [InlineData("/uplot.css", "text/css; charset=utf-8")]
    [InlineData("/uplot.LICENSE.txt", "text/plain; charset=utf-8")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task Get_File_AllowsNothingInlineAndNothingFromElsewhere(string path, string contentType)
    {
        await using var gateway = await StartAsync();

        using var response = await gateway.Management!.GetAsync(path).WithinAsync("the file");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(contentType, response.Content.Headers.ContentType!.ToString());
        var policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/events")]
    public async Task Get_ByTheNameOfAStranger_IsRefused(string path)
    {
        await using var gateway = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = "evil.example" } };

        using var response = await gateway.Management!.SendAsync(request).WithinAsync("the answer");

        Assert.Equal(HttpStatusCode.MisdirectedRequest, response.StatusCode);
    }

    [Fact]
    public async Task Feed_NobodyLooks_LooksAtNothing()
    {
        await using var gateway = await StartAsync();
        var feed = gateway.Services.GetRequiredService<DashboardFeed>();
        Assert.False(feed.IsRunning);

        using (var response = await gateway.Management!.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead).WithinAsync("the stream"))
        {
            using var events = new StreamReader(await response.Content.ReadAsStreamAsync());
            Assert.Equal("event: routes", await events.ReadLineAsync().WithinAsync("the first event"));
            Assert.True(feed.IsRunning);
        }

        await Eventually.UntilAsync(() => !feed.IsRunning, "the feed to end behind its last watcher");
    }

    [Fact]
    public async Task Feed_TooManyWatchers_RefusesMoreUntilOneLeaves()
    {
        await using var gateway = await StartAsync();
        var feed = gateway.Services.GetRequiredService<DashboardFeed>();
        var watchers = Enumerable.Range(0, DashboardFeed.MaxWatchers).Select(_ => feed.TryEnter()!).ToList();

        using (var response = await gateway.Management!.GetAsync("/events").WithinAsync("the refusal"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        }

        feed.Leave(watchers[0]);
        Assert.NotNull(feed.TryEnter());
    }

    [Fact]
    public async Task Feed_WatcherThatReadsNothing_HoldsUpNobody()
    {
        await using var gateway = await StartAsync();
        var feed = gateway.Services.GetRequiredService<DashboardFeed>();
        _ = feed.TryEnter();
        var reader = feed.TryEnter()!;

        for (var points = 0; points < 3;)
        {
            points += (await reader.Reader.ReadAsync().AsTask().WithinAsync("an event")).Name == "point" ? 1 : 0;
        }
    }

    [Fact]
    public async Task Stop_PageThatWatches_DoesNotHoldItUp()
    {
        var gateway = await StartAsync();
        using var response = await gateway.Management!.GetAsync("/events", HttpCompletionOption.ResponseHeadersRead).WithinAsync("the stream");

        await gateway.DisposeAsync().AsTask().WithinAsync("the gateway to stop");
    }

    [RequiresProgramTheory(ExternalProgram.Browser)]
    [InlineData("uplot.js", "uPlot.iife.min.js")]
    [InlineData("uplot.css", "uPlot.min.css")]
    public void ChartLibrary_InTheGateway_IsTheOneOfNpm(string resource, string original)
    {
        using var stream = typeof(DashboardPage).Assembly.GetManifestResourceStream($"Dashboard.{resource}")!;
        using var content = new MemoryStream();
        stream.CopyTo(content);

        Assert.Equal(File.ReadAllBytes(Path.Combine(ExternalProgram.BrowserPackages!, "uplot", "dist", original)), content.ToArray());
    }

    private static Task<RunningGateway> StartAsync() => RunningGateway.StartAsync("--management", "http://127.0.0.1:0");
}
