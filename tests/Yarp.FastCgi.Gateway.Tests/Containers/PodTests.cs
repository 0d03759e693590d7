using System.Net;
using System.Text.RegularExpressions;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Containers;

/// <summary>The image of deploy/image/build in the pod of deploy/pod, started by podman.</summary>
public class PodTests
{
    private const int Clients = 4;
    private const int RequestsOfEachPhase = 100;

    [RequiresProgramFact(ExternalProgram.PodmanImages)]
    public async Task Get_Pod_PageComesThroughTheUnixSocket()
    {
        await using var pod = await SitePod.StartAsync();
        using var client = new HttpClient { BaseAddress = pod.Url };

        Assert.Matches(@"^Hello from PHP \d.*: /a/b\?x=1\n$", await client.GetStringAsync("/a/b?x=1"));
    }

    [RequiresProgramFact(ExternalProgram.PodmanImages)]
    public async Task Process_Pod_HasNoRightsAndWritesNowhere()
    {
        await using var pod = await SitePod.StartAsync();

        var id = await Podman.RunAsync("inspect", "--format", "{{.State.Pid}}", pod.Gateway);
        var status = await File.ReadAllTextAsync($"/proc/{id}/status");

        Assert.Matches(@"\nUid:\t1654\t1654\t1654\t1654\n", status);
        Assert.Matches(@"\nGid:\t1654\t", status);
        Assert.All(["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"], set => Assert.Matches($@"\n{set}:\t0+\n", status));
        Assert.Contains("\nNoNewPrivs:\t1\n", status, StringComparison.Ordinal);
        Assert.Matches(new Regex(@"^overlay / \S+ ro,", RegexOptions.Multiline), await File.ReadAllTextAsync($"/proc/{id}/mounts"));
        Assert.False(File.Exists($"/proc/{id}/root/bin/sh"));
    }

    [RequiresProgramFact(ExternalProgram.PodmanImages)]
    public async Task Health_InTheImage_FollowsTheManagementListener()
    {
        Assert.Contains("/app/Yarp.FastCgi.Gateway health", await Podman.RunAsync("image", "inspect", "--format", "{{.HealthCheck}}", "localhost/yarp-fastcgi-gateway:latest"), StringComparison.Ordinal);

        await using var pod = await SitePod.StartAsync();

        await Podman.RunAsync("exec", pod.Gateway, "/app/Yarp.FastCgi.Gateway", "health");
        await Podman.RunAsync("exec", pod.Gateway, "/app/Yarp.FastCgi.Gateway", "health", "http://127.0.0.1:9180/readyz");
        await Podman.RunAsync("stop", pod.Php);
        await pod.WaitUntilReadinessAsync(HttpStatusCode.ServiceUnavailable);

        await Podman.RunAsync("exec", pod.Gateway, "/app/Yarp.FastCgi.Gateway", "health");
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => Podman.RunAsync("exec", pod.Gateway, "/app/Yarp.FastCgi.Gateway", "health", "http://127.0.0.1:9180/readyz"));
    }

    [RequiresProgramFact(ExternalProgram.PodmanImages)]
    public async Task Readiness_PhpFpmGoesAndComesBack_FollowsIt()
    {
        await using var pod = await SitePod.StartAsync();

        await Podman.RunAsync("stop", pod.Php);
        await pod.WaitUntilReadinessAsync(HttpStatusCode.ServiceUnavailable);
        Assert.Equal(HttpStatusCode.OK, await pod.AskAsync("/healthz"));

        await Podman.RunAsync("start", pod.Php);
        await pod.WaitUntilReadinessAsync(HttpStatusCode.OK);
    }

    [RequiresProgramFact(ExternalProgram.PodmanImages)]
    public async Task Sigterm_UnderLoad_NoRequestFailsAndTheCodeIsZero()
    {
        await using var pod = await SitePod.StartAsync();
        await using var load = new PodLoad([pod], Clients);
        await load.WaitForAnswersAsync(RequestsOfEachPhase);

        await load.WhileItRunsAsync(pod.StopGatewayAsync());

        await load.EndAsync();
        Assert.Equal(load.Asked, load.Answered);
        Assert.Equal("0", await Podman.RunAsync("inspect", "--format", "{{.State.ExitCode}}", pod.Gateway));
    }
}
