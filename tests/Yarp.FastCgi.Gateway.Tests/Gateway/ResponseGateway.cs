using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Management;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>A gateway with options for responses, in front of an application that a test scripts.</summary>
internal sealed class ResponseGateway : IAsyncDisposable
{
    private readonly TempDirectory _directory;
    private readonly WebApplication _app;

    private ResponseGateway(TempDirectory directory, WebApplication app)
    {
        _directory = directory;
        _app = app;
    }

    public CapturedLogs Logs { get; } = new();

    public IServiceProvider Services => _app.Services;

    public IPEndPoint EndPoint => FrontGateway.EndPointOf(_app.Urls.First());

    /// <param name="application">Address of the application.</param>
    /// <param name="gateway">The section <c>Gateway</c>.</param>
    /// <param name="route">Options of the only route, each with a comma behind it.</param>
    public static async Task<ResponseGateway> StartAsync(string application, string gateway, string route = "")
    {
        var directory = new TempDirectory();
        var file = directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "Gateway": {{gateway}},
              "ReverseProxy": {
                "Routes": { "app": { {{route}} "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
                "Clusters": { "app": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "off" }, "Destinations": { "a": { "Address": "{{application}}" } } } }
              }
            }
            """);
        var app = GatewayApplication.Build(new GatewayOptions { ConfigFile = file, Listen = [ListenAddress.Parse("http://127.0.0.1:0")] });
        var running = new ResponseGateway(directory, app);
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(running.Logs);
        await app.StartAsync().WithinAsync("the gateway to start");
        return running;
    }

    /// <summary>The response to a request on a connection of its own: head, and body without its chunks.</summary>
    public async Task<(string Head, byte[] Body)> SendAsync(string line, params string[] fields)
    {
        using var client = await RawHttpConnection.ConnectAsync(EndPoint);
        await client.SendAsync($"{line} HTTP/1.1\r\nHost: site.test\r\nConnection: close\r\n{string.Concat(fields.Select(field => field + "\r\n"))}\r\n");
        var head = await client.ReadHeadAsync();
        using var body = new MemoryStream();
        if (head.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal))
        {
            while (await client.ReadChunkAsync() is { Length: > 0 } chunk)
            {
                body.Write(chunk);
            }
        }
        else
        {
            var (text, _) = await client.ReadToEndAsync();
            body.Write(Encoding.Latin1.GetBytes(text));
        }

        return (head, body.ToArray());
    }

    /// <summary>The answer of the management listener, which <c>Gateway:Management</c> has to open.</summary>
    public async Task<(int Status, string Text)> ManageAsync(HttpMethod method, string path, params (string Name, string Value)[] fields)
    {
        using var client = new HttpClient { BaseAddress = new Uri(_app.Services.GetRequiredService<ManagementServer>().Urls.Single()), Timeout = TestTimeout.Default };
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in fields)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().WithinAsync("the gateway to stop");
        await _app.DisposeAsync();
        _directory.Dispose();
    }
}
