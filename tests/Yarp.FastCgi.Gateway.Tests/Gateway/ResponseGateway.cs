using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Yarp.FastCgi.Gateway.CommandLine;
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

    public IPEndPoint EndPoint => FrontGateway.EndPointOf(_app.Urls.First());

    /// <param name="application">Address of the application.</param>
    /// <param name="gateway">The section <c>Gateway</c>.</param>
    public static async Task<ResponseGateway> StartAsync(string application, string gateway)
    {
        var directory = new TempDirectory();
        var file = directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "Gateway": {{gateway}},
              "ReverseProxy": {
                "Routes": { "app": { "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
                "Clusters": { "app": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "off" }, "Destinations": { "a": { "Address": "{{application}}" } } } }
              }
            }
            """);
        var app = GatewayApplication.Build(new GatewayOptions { ConfigFile = file, Listen = [ListenAddress.Parse("http://127.0.0.1:0")] });
        await app.StartAsync().WithinAsync("the gateway to start");
        return new ResponseGateway(directory, app);
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

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().WithinAsync("the gateway to stop");
        await _app.DisposeAsync();
        _directory.Dispose();
    }
}
