using System.Globalization;
using System.Net;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Containers;

/// <summary>The pod of deploy/pod/pod.yaml, under a name and on ports of its own.</summary>
internal sealed class SitePod : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly HttpClient _management = new() { Timeout = TestTimeout.Default };
    private readonly string _name = $"site-{Guid.NewGuid():n}";
    private readonly string _file;
    private readonly int _port = FreePort.OnLoopback().Port;
    private readonly int _managementPort = FreePort.OnLoopback().Port;

    private SitePod() => _file = _directory.WriteFile(
        "pod.yaml",
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "pod.yaml"))
            .Replace("php-site", _name, StringComparison.Ordinal)
            .Replace("hostPort: 8080", Invariant($"hostPort: {_port}"), StringComparison.Ordinal)
            .Replace("hostPort: 9180", Invariant($"hostPort: {_managementPort}"), StringComparison.Ordinal));

    public Uri Url => new(Invariant($"http://127.0.0.1:{_port}"));

    public string Gateway => $"{_name}-gateway";

    public string Php => $"{_name}-php";

    /// <summary>Starts the pod, and waits until it is ready.</summary>
    /// <param name="begins">Called with the pod before it starts.</param>
    public static async Task<SitePod> StartAsync(Action<SitePod>? begins = null)
    {
        var pod = new SitePod();
        try
        {
            begins?.Invoke(pod);
            await pod.PlayAsync();
            return pod;
        }
        catch
        {
            await pod.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGTERM, and SIGKILL 30 seconds later.</summary>
    public Task StopGatewayAsync() => Podman.RunAsync("stop", "--time", "30", Gateway);

    /// <summary>What /healthz or /readyz answers; null when nothing listens.</summary>
    public async Task<HttpStatusCode?> AskAsync(string path)
    {
        try
        {
            using var response = await _management.GetAsync(new Uri(Invariant($"http://127.0.0.1:{_managementPort}{path}")));
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>What both containers have logged.</summary>
    public async Task<string> ReadLogsAsync()
        => $"-- {Gateway}\n{await Podman.ReadLogsAsync(Gateway)}\n-- {Php}\n{await Podman.ReadLogsAsync(Php)}";

    public Task WaitUntilReadinessAsync(HttpStatusCode status)
        => Eventually.UntilAsync(async () => await AskAsync("/readyz") == status, $"/readyz of {_name} to answer {status}");

    public async ValueTask DisposeAsync()
    {
        await RemoveAsync();
        _management.Dispose();
        _directory.Dispose();
    }

    private async Task PlayAsync()
    {
        await Podman.RunAsync("kube", "play", _file);
        await WaitUntilReadinessAsync(HttpStatusCode.OK);
    }

    private async Task RemoveAsync()
    {
        await Podman.RunAsync("pod", "rm", "--force", "--ignore", "--time", "0", _name);
        foreach (var volume in (await Podman.RunAsync("volume", "ls", "--quiet")).Split('\n').Where(volume => volume.StartsWith(_name, StringComparison.Ordinal)))
        {
            await Podman.RunAsync("volume", "rm", "--force", volume);
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
