using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Testing;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.FunctionalTests.Infrastructure;

/// <summary>A real Kestrel with YARP and the FastCGI transport, as an application would set it up, on free ports of 127.0.0.1.</summary>
internal sealed class TestProxy : IAsyncDisposable
{
    private const string Section = "ReverseProxy";

    private readonly WebApplication _app;
    private readonly JsonConfigurationSource? _configuration;
    private readonly ConfigurationWatch _watch;

    private TestProxy(WebApplication app, JsonConfigurationSource? configuration, ConfigurationWatch watch, CapturedLogs logs)
    {
        _app = app;
        _configuration = configuration;
        _watch = watch;
        Logs = logs;
        var addresses = app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses
            .Select(address => new Uri(address)).ToArray();
        EndPoint = new IPEndPoint(IPAddress.Loopback, addresses[0].Port);
        Http2EndPoint = new IPEndPoint(IPAddress.Loopback, addresses[1].Port);
        Client = CreateClient(addresses[0], HttpVersion.Version11);
        Http2Client = CreateClient(addresses[1], HttpVersion.Version20);
    }

    /// <summary>The HTTP/1.1 endpoint.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The endpoint for HTTP/2 without TLS.</summary>
    public IPEndPoint Http2EndPoint { get; }

    /// <summary>Speaks HTTP/1.1; follows no redirects, keeps no cookies.</summary>
    public HttpClient Client { get; }

    /// <summary>Speaks HTTP/2 without TLS.</summary>
    public HttpClient Http2Client { get; }

    public CapturedLogs Logs { get; }

    public IServiceProvider Services => _app.Services;

    private IProxyStateLookup State => Services.GetRequiredService<IProxyStateLookup>();

    public static Task<TestProxy> StartAsync(ProxyJson json) => StartAsync(json.ToString());

    public static Task<TestProxy> StartAsync(string json) => StartAsync(new TestProxyOptions { Json = json });

    public static async Task<TestProxy> StartAsync(TestProxyOptions options)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var logs = new CapturedLogs();
        builder.Logging.ClearProviders().AddProvider(logs).SetMinimumLevel(LogLevel.Debug);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
            options.Kestrel(kestrel);
        });

        var watch = new ConfigurationWatch();
        builder.Services.AddSingleton<IConfigChangeListener>(watch);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));

        var configuration = options.Json is null ? null : new JsonConfigurationSource(Wrap(options.Json));
        var reverseProxy = builder.Services.AddReverseProxy();
        if (configuration is not null)
        {
            ((IConfigurationBuilder)builder.Configuration).Add(configuration);
            var section = builder.Configuration.GetSection(Section);
            reverseProxy.LoadFromConfig(section).AddFastCgi(section);
        }
        else
        {
            reverseProxy.LoadFromMemory(options.Routes, options.Clusters).AddFastCgi();
        }

        options.ReverseProxy(reverseProxy);
        options.Services(builder.Services);

        var app = builder.Build();
        try
        {
            options.App(app);
            app.MapReverseProxy(pipeline =>
            {
                options.Pipeline(pipeline);
                pipeline.UseSessionAffinity();
                pipeline.UseLoadBalancing();
                pipeline.UsePassiveHealthChecks();
            });
            await app.StartAsync();
            return new TestProxy(app, configuration, watch, logs);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Replaces the configuration. Null when it was applied, else why it was refused.</summary>
    public async Task<Exception?> ReloadAsync(string json)
    {
        var known = _watch.Count;
        _configuration!.Replace(Wrap(json));
        return await _watch.WaitForOutcomeAsync(known);
    }

    public Task<Exception?> ReloadAsync(ProxyJson json) => ReloadAsync(json.ToString());

    /// <summary>A new connection to the HTTP/1.1 endpoint.</summary>
    public Task<RawHttpConnection> ConnectAsync() => RawHttpConnection.ConnectAsync(EndPoint);

    public DestinationState Destination(string destinationId, string clusterId = "app") =>
        State.TryGetCluster(clusterId, out var cluster) && cluster.Destinations.TryGetValue(destinationId, out var destination)
            ? destination
            : throw new KeyNotFoundException($"No destination {destinationId} in cluster {clusterId}.");

    /// <summary>The connections to an address of a FastCGI cluster.</summary>
    public ConnectionPool Pool(string address, string clusterId = "app") =>
        State.TryGetCluster(clusterId, out var cluster) && cluster.Model.HttpClient is FastCgiMessageInvoker invoker
            ? invoker.Pools.Get(address)
            : throw new KeyNotFoundException($"No FastCGI cluster {clusterId}.");

    /// <summary>Whether YARP would send the next request to the destination.</summary>
    public bool IsAvailable(string destinationId, string clusterId = "app") =>
        State.TryGetCluster(clusterId, out var cluster)
        && cluster.DestinationsState.AvailableDestinations.Any(destination => destination.DestinationId == destinationId);

    /// <summary>Runs one round of active health probes, whatever the interval.</summary>
    public Task ProbeAsync() =>
        Services.GetRequiredService<IActiveHealthCheckMonitor>().CheckHealthAsync(State.GetClusters()).WithinAsync("a round of health probes");

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        Http2Client.Dispose();
        await _app.StopAsync().WithinAsync("the proxy to stop");
        await _app.DisposeAsync();
    }

    private static HttpClient CreateClient(Uri address, Version version)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false };
        return new HttpClient(handler)
        {
            BaseAddress = address,
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = TestTimeout.Default,
        };
    }

    private static string Wrap(string json) => $$"""{ "{{Section}}": {{json}} }""";
}
