using DnsClient;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;
using Yarp.FastCgi.Gateway.AccessLog;
using Yarp.FastCgi.Gateway.Caching;
using Yarp.FastCgi.Gateway.Compression;
using Yarp.FastCgi.Gateway.Configuration;
using Yarp.FastCgi.Gateway.Dashboard;
using Yarp.FastCgi.Gateway.Demo;
using Yarp.FastCgi.Gateway.Discovery;
using Yarp.FastCgi.Gateway.ErrorPages;
using Yarp.FastCgi.Gateway.Forwarding;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.Gateway.Https;
using Yarp.FastCgi.Gateway.Listeners;
using Yarp.FastCgi.Gateway.Management;
using Yarp.FastCgi.Gateway.Policies;
using Yarp.FastCgi.Gateway.Reload;
using Yarp.FastCgi.Gateway.Sites;
using Yarp.FastCgi.Gateway.Telemetry;
using Yarp.FastCgi.Gateway.Tls;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Yarp.FastCgi.Gateway;

/// <summary>Puts the gateway together: an ASP.NET application with YARP, the FastCGI transport and one of three configurations.</summary>
internal static class GatewayApplication
{
    public const string ProxySection = "ReverseProxy";

    // The start is told by StartupReport, and what kept it from happening by StartupErrors.
    private static readonly Dictionary<string, string?> Defaults = new()
    {
        // A console that nobody reads must not hold requests up; how many lines that cost it tells itself.
        ["Logging:Console:QueueFullMode"] = nameof(ConsoleLoggerQueueFullMode.DropWrite),
        ["Logging:LogLevel:Default"] = nameof(LogLevel.Information),
        ["Logging:LogLevel:Microsoft.AspNetCore"] = nameof(LogLevel.Warning),
        // A probe has its answer; it is no news each time.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = nameof(LogLevel.Critical),
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = nameof(LogLevel.Critical),
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = nameof(LogLevel.Warning),
        ["Logging:LogLevel:Yarp"] = nameof(LogLevel.Warning),
        // Whoever has changed something wants to hear that it was read.
        ["Logging:LogLevel:Yarp.FastCgi.Gateway.Reload"] = nameof(LogLevel.Information),
        ["Logging:LogLevel:Yarp.FastCgi.Gateway.Caching"] = nameof(LogLevel.Information),
        ["Logging:LogLevel:Yarp.FastCgi.Gateway.Tls"] = nameof(LogLevel.Information),
    };

    /// <param name="options">The command line.</param>
    /// <param name="configuration">What the configuration file holds, for a gateway that only tries it; null reads the file.</param>
    /// <exception cref="InvalidOperationException">The configuration is not valid; <see cref="StartupErrors"/> tells its errors.</exception>
    /// <exception cref="AggregateException">The same, in more than one of its parts.</exception>
    /// <exception cref="InvalidDataException">A configuration file is no JSON, or has neither sites nor a ReverseProxy section.</exception>
    public static WebApplication Build(GatewayOptions options, byte[]? configuration = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        var file = options.ConfigFile is { } path ? new ConfigurationFile(path, configuration) : null;
        file?.ReplaceDefaultFiles(builder.Configuration);
        if (configuration is not null)
        {
            builder.Logging.ClearProviders();
        }

        var errors = new List<Exception>();
        var settings = GatewaySettings.Read(builder.Configuration, options, errors);
        WebApplication? app = null;
        try
        {
            AddServices(builder, options, settings, file);
            app = builder.Build();
            Configure(app, settings, errors);
        }
        catch (Exception exception)
        {
            ((IDisposable?)app)?.Dispose();

            // What is wrong in one part keeps nobody from hearing of the others.
            if (errors.Count == 0 || StartupErrors.Describe(exception) is not { Count: > 0 } more)
            {
                throw;
            }

            throw new AggregateException(errors.Concat(more.Select(error => new InvalidDataException(error))));
        }

        if (errors.Count > 0)
        {
            ((IDisposable)app).Dispose();
            throw new AggregateException(errors);
        }

        return app;
    }

    private static void AddServices(WebApplicationBuilder builder, GatewayOptions options, GatewaySettings settings, ConfigurationFile? file)
    {
        KestrelSetup.TakeAddresses(builder.Configuration, options, settings);
        builder.WebHost.ConfigureKestrel((context, kestrel) => KestrelSetup.Apply(
            kestrel, context.Configuration, options, settings, kestrel.ApplicationServices.GetRequiredService<CertificateStore>()));
        InlineScheduling.Add(builder.Services, settings.InlineScheduling);
        NetworkBuffers.Add(builder.Services);
        builder.Services.AddSingleton(settings);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<EffectiveConfiguration>(provider => new(builder.Configuration, provider.GetRequiredService<IProxyStateLookup>(), options, settings));
        UnixSocketFiles.Configure(builder.Services, settings.Listeners);
        GatewayCertificates.Add(builder.Services);
        HttpsOnly.Add(builder.Services, settings.Https);
        CompressedResponses.Add(builder.Services, settings.Compression);
        AddProxy(builder, options, settings);
        RoutePolicies.Add(builder.Services, settings);
        OutputCache.Add(builder.Services, settings.Caching);
        AddLifetime(builder, settings);
        AccessLogMiddleware.Add(builder.Services, settings.AccessLog);
        ConfigurationReload.Add(builder.Services, options, file);
    }

    private static void Configure(WebApplication app, GatewaySettings settings, List<Exception> errors)
    {
        GatewayCertificates.Load(app, settings.Tls, errors);
        ConnectionDrain.Use(app);
        ForwardedRequests.Use(app, settings.ForwardedHeaders);
        AccessLogMiddleware.Use(app);
        app.Services.GetService<RecentFailures>()?.Use(app);
        HttpsOnly.Use(app, settings.Https);
        CompressedResponses.Use(app, settings.Compression);
        ErrorPageMiddleware.Use(app, settings.ErrorPages);
        app.UseRouting();
        RoutePolicies.Use(app);
        CompressedResponses.UseFiles(app, settings.Compression, SiteMiddleware.Use);
        OutputCache.Use(app);
        app.MapReverseProxy();
    }

    private static void AddLifetime(WebApplicationBuilder builder, GatewaySettings settings)
    {
        // GracefulStop has the limit.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);

        // Services stop in the opposite order: what the last of them tells is still sent.
        GatewayTelemetry.Add(builder, servesMetrics: settings.Management is not null, settings.TraceProbes);
        if (settings.Management is { } address)
        {
            ManagementServer.Add(builder.Services, address);
        }
    }

    /// <summary>The application of the command line as a site, or null when it names none.</summary>
    private static IConfiguration? SingleSite(GatewayOptions options)
        => options.IsSingleSite ? new ConfigurationBuilder().AddInMemoryCollection(SingleApplication.Site(options)).Build() : null;

    private static void AddProxy(WebApplicationBuilder builder, GatewayOptions options, GatewaySettings settings)
    {
        var proxy = builder.Services.AddReverseProxy();
        if (settings.DnsRefresh is { } refresh)
        {
            if (options.LooksUpHosts)
            {
                proxy.AddDnsDestinationResolver(dns => dns.RefreshPeriod = refresh);
            }

            builder.Services.AddSingleton<IDnsQuery, LookupClient>(static _ => new LookupClient(new LookupClientOptions { UseCache = false }));
            builder.Services.Decorate<IDestinationResolver, SrvDestinationResolver>(SrvDestinationResolver.Inner);
        }

        var section = builder.Configuration.GetSection(ProxySection);
        var hasSites = options.IsSingleSite || settings.HasSites;
        if (hasSites || section.Exists())
        {
            builder.Services.AddSites();
            var sockets = new RunDirectory();
            builder.Services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(sockets));
            var sites = SitesConfiguration.Create(SingleSite(options) ?? builder.Configuration, sockets);
            proxy.LoadFromConfig(sites).AddFastCgi(sites);
            if (!options.IsSingleSite)
            {
                proxy.LoadFromConfig(section).AddFastCgi(section);
            }
        }
        else if (options.ConfigFile is not null)
        {
            throw new InvalidDataException($"The configuration file '{options.ConfigFile}' has neither sites ({SitesConfiguration.Section}) nor a {ProxySection} section.");
        }
        else
        {
            var demo = new DemoApplication();
            builder.Services.AddSingleton(_ => demo);
            builder.Services.AddHostedService(services => services.GetRequiredService<DemoApplication>());
            var cluster = SingleApplication.Options with { MaxConnections = DemoApplication.MaxConnections };
            proxy.LoadFromMemory(SingleApplication.Routes, SingleApplication.Clusters(demo.Endpoint, cluster)).AddFastCgi(EmptySection());
        }
    }

    // A ReverseProxy section that lies around is not for routes made in code.
    private static IConfigurationSection EmptySection() => new ConfigurationBuilder().Build().GetSection(ProxySection);
}
