using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Management;

/// <summary>The management listener of a gateway in this process.</summary>
public sealed class ManagementServerTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Get_RunningGateway_IsHealthyAndReady()
    {
        await using var gateway = await RunningGateway.StartAsync("--management", "http://127.0.0.1:0");

        Assert.Equal((HttpStatusCode.OK, "Healthy"), await GetAsync(gateway, "/healthz"));
        Assert.Equal((HttpStatusCode.OK, "Healthy\n"), await GetAsync(gateway, "/readyz"));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync(gateway, "/other")).Status);
    }

    [Fact]
    public async Task Get_StoppingGateway_IsHealthyButNotReady()
    {
        await using var gateway = await RunningGateway.StartAsync("--management", "http://127.0.0.1:0");

        gateway.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        Assert.Equal((HttpStatusCode.OK, "Healthy"), await GetAsync(gateway, "/healthz"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy\ngateway: draining: the gateway stops\n"), await GetAsync(gateway, "/readyz"));
    }

    [Fact]
    public async Task Get_NoAvailableDestination_IsHealthyButNotReady()
    {
        var file = _directory.WriteFile(
            "gateway.json",
            """
            {
              "ReverseProxy": {
                "Routes": { "site": { "ClusterId": "php", "Match": { "Path": "/{**path}" } } },
                "Clusters": { "php": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "Off" }, "Destinations": {} } }
              }
            }
            """);
        await using var gateway = await RunningGateway.StartAsync("--config", file, "--management", "http://127.0.0.1:0");

        Assert.Equal((HttpStatusCode.OK, "Healthy"), await GetAsync(gateway, "/healthz"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy\ndestinations: no available destination in cluster php\n"), await GetAsync(gateway, "/readyz"));
    }

    [Fact]
    public async Task Get_FirstProbeHasNoAnswerYet_IsNotReady()
    {
        var answer = new TaskCompletionSource<Reply>();
        await using var application = ScriptedResponder.Start(_ => answer.Task);
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "ReverseProxy": {
                "Routes": { "site": { "ClusterId": "php", "Match": { "Path": "/{**path}" } } },
                "Clusters": { "php": {
                  "Transport": "fastcgi",
                  "FastCgi": { "CheckFile": "Off" },
                  "HealthCheck": { "Active": { "Enabled": true, "Policy": "FastCgiProbe", "Path": "/ping", "Timeout": "00:00:30" } },
                  "Destinations": { "a": { "Address": "{{application.Address}}" } }
                } }
              }
            }
            """);
        await using var gateway = await RunningGateway.StartAsync("--config", file, "--management", "http://127.0.0.1:0");
        await application.WaitForRequestAsync();

        Assert.Equal(
            (HttpStatusCode.ServiceUnavailable, "Unhealthy\ndestinations: waiting for the first health probe of cluster php\n"), await GetAsync(gateway, "/readyz"));

        answer.SetResult(Reply.Text("pong"));
        await Eventually.UntilAsync(async () => await GetAsync(gateway, "/readyz") == (HttpStatusCode.OK, "Healthy\n"), "the gateway to be ready");
    }

    [Fact]
    public async Task Get_QueueAtADestination_IsReadyButDegraded()
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Text("""{"process manager":"static","idle processes":0,"active processes":1,"listen queue":4}"""));
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "ReverseProxy": {
                "Routes": { "site": { "ClusterId": "php", "Match": { "Path": "/{**path}" } } },
                "Clusters": { "php": {
                  "Transport": "fastcgi",
                  "FastCgi": { "CheckFile": "Off", "StatusPath": "/status", "StatusInterval": "00:00:00.05" },
                  "Destinations": { "a": { "Address": "{{application.Address}}" } }
                } }
              }
            }
            """);
        await using var gateway = await RunningGateway.StartAsync("--config", file, "--management", "http://127.0.0.1:0");

        var expected = (HttpStatusCode.OK, "Degraded\ndestinations: a queue that does not shrink at destination php/a\n");
        await Eventually.UntilAsync(async () => await GetAsync(gateway, "/readyz") == expected, "the gateway to be degraded");
    }

    [Fact]
    public async Task Get_PublicAddressWithTheHostOfTheManagementListener_IsTheApplications()
    {
        await using var application = ScriptedResponder.Start(request => Reply.Text("application"));
        await using var gateway = await RunningGateway.StartAsync("--app", application.Address, "--management", "http://127.0.0.1:0");

        using var request = new HttpRequestMessage(HttpMethod.Get, "/readyz");
        request.Headers.Host = gateway.Management!.BaseAddress!.Authority;
        using var response = await gateway.Http1.SendAsync(request);

        Assert.Equal("application", await response.Content.ReadAsStringAsync());
    }

    public void Dispose() => _directory.Dispose();

    private static async Task<(HttpStatusCode Status, string Text)> GetAsync(RunningGateway gateway, string path)
    {
        using var response = await gateway.Management!.GetAsync(path);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
