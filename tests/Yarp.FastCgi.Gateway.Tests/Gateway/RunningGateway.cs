using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Management;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>A gateway in this process, started from a command line, on free ports of the loopback interface.</summary>
internal sealed class RunningGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private RunningGateway(WebApplication app)
    {
        _app = app;
        app.Services.GetRequiredService<ILoggerFactory>().AddProvider(Logs);
        Http1 = CreateClient(app.Urls.ElementAt(0), HttpVersion.Version11);
        Http2 = CreateClient(app.Urls.ElementAt(1), HttpVersion.Version20);
        Management = app.Services.GetService<ManagementServer>() is { } management ? CreateClient(management.Urls.Single(), HttpVersion.Version11) : null;
    }

    public CapturedLogs Logs { get; } = new();

    public HttpClient Http1 { get; }

    public HttpClient Http2 { get; }

    /// <summary>Asks the management listener; null without --management.</summary>
    public HttpClient? Management { get; }

    public IServiceProvider Services => _app.Services;

    public IPEndPoint EndPoint => new(IPAddress.Loopback, new Uri(_app.Urls.First()).Port);

    public static async Task<RunningGateway> StartAsync(params string[] args)
    {
        GatewayOptions? options = null;
        var command = new GatewayCommand((read, _) =>
        {
            options = read;
            return Task.FromResult(0);
        });
        using var error = new StringWriter();
        var exitCode = await command.RunAsync([.. args, "--listen", "http://127.0.0.1:0", "--listen", "h2c://127.0.0.1:0"], error, error);
        Assert.True(exitCode == 0, error.ToString());

        var app = GatewayApplication.Build(options!);
        try
        {
            await app.StartAsync().WithinAsync("the gateway to start");
            return new RunningGateway(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Http1.Dispose();
        Http2.Dispose();
        Management?.Dispose();
        await _app.StopAsync().WithinAsync("the gateway to stop");
        await _app.DisposeAsync();
    }

    private static HttpClient CreateClient(string url, Version version) => new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        BaseAddress = new Uri(url),
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = TestTimeout.Default,
    };
}
