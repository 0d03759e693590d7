using System.Net;
using System.Text.Json;

namespace Yarp.FastCgi.Testing;

/// <summary>A real Prometheus that scrapes one target each second, with rules that it evaluates each second.</summary>
public sealed class PrometheusServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly IPEndPoint _endPoint = FreePort.OnLoopback();
    private readonly HttpClient _client = new() { Timeout = TestTimeout.Default };
    private ChildProcess? _process;

    /// <param name="target">Host and port to scrape.</param>
    /// <param name="rules">Absolute path of a file of rules.</param>
    public static async Task<PrometheusServer> StartAsync(string target, string rules)
    {
        var server = new PrometheusServer();
        try
        {
            var file = server._directory.WriteFile(
                "prometheus.yml",
                $$"""
                global: { scrape_interval: 1s, evaluation_interval: 1s }
                rule_files: [ "{{rules}}" ]
                scrape_configs: [ { job_name: gateway, static_configs: [ { targets: [ "{{target}}" ] } ] } ]
                """);
            server._process = ChildProcess.Start(
                ExternalProgram.Require(ExternalProgram.Prometheus),
                [$"--config.file={file}", $"--storage.tsdb.path={server._directory.Combine("data")}", $"--web.listen-address={server._endPoint}"]);
            await server._process.WaitUntilListeningAsync(server._endPoint);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>How many series an expression gives now.</summary>
    /// <exception cref="HttpRequestException">The expression is not valid.</exception>
    public async Task<int> CountAsync(string expression)
    {
        using var answer = await GetAsync("/api/v1/query?query=" + Uri.EscapeDataString(expression));
        return answer.RootElement.GetProperty("data").GetProperty("result").GetArrayLength();
    }

    /// <summary>Waits until an expression gives a series.</summary>
    public Task WaitForAsync(string expression) => Eventually.UntilAsync(
        async () => _process!.Output.Contains("Server is ready", StringComparison.Ordinal) && await CountAsync(expression) > 0, $"Prometheus to know {expression}");

    /// <summary>The alerts of all rules: name, whether their expression could be evaluated (<c>ok</c>), and state.</summary>
    public async Task<IReadOnlyList<(string Name, string Health, string State)>> GetAlertsAsync()
    {
        using var answer = await GetAsync("/api/v1/rules?type=alert");
        return
        [
            .. answer.RootElement.GetProperty("data").GetProperty("groups").EnumerateArray()
                .SelectMany(group => group.GetProperty("rules").EnumerateArray())
                .Select(rule => (rule.GetProperty("name").GetString()!, rule.GetProperty("health").GetString()!, rule.GetProperty("state").GetString()!)),
        ];
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _directory.Dispose();
    }

    private async Task<JsonDocument> GetAsync(string path)
    {
        using var response = await _client.GetAsync(new Uri($"http://{_endPoint}{path}"));
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode ? JsonDocument.Parse(text) : throw new HttpRequestException($"{path}: {text}");
    }
}
