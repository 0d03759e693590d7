using DnsClient;
using Microsoft.Extensions.Configuration.Memory;
using Yarp.FastCgi.Gateway.AccessLog;
using Yarp.FastCgi.Gateway.Configuration;
using Yarp.FastCgi.Gateway.Dashboard;
using Yarp.FastCgi.Gateway.Demo;
using Yarp.FastCgi.Gateway.Discovery;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.Gateway.Management;
using Yarp.FastCgi.Gateway.StaticFiles;
using Yarp.FastCgi.Gateway.Telemetry;
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
        ["Logging:LogLevel:Default"] = nameof(LogLevel.Information),
        ["Logging:LogLevel:Microsoft.AspNetCore"] = nameof(LogLevel.Warning),
        // A probe has its answer; it is no news each time.
        ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = nameof(LogLevel.Critical),
        ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = nameof(LogLevel.Critical),
        ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = nameof(LogLevel.Warning),
        ["Logging:LogLevel:Yarp"] = nameof(LogLevel.Warning),
    };

    /// <exception cref="InvalidOperationException">The configuration is not valid; <see cref="StartupErrors"/> tells its errors.</exception>
    /// <exception cref="InvalidDataException">A configuration file is no JSON, or has no ReverseProxy section.</exception>
    public static WebApplication Build(GatewayOptions options)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = Defaults });
        var file = options.ConfigFile is { } path ? new ConfigurationFile(path) : null;
        file?.ReplaceDefaultFiles(builder.Configuration);

        builder.WebHost.ConfigureKestrel((context, kestrel) => KestrelSetup.Apply(kestrel, context.Configuration, options));
        builder.Services.AddRequestTimeouts();
        var settings = GatewaySettings.Read(builder.Configuration, options);
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<EffectiveConfiguration>(provider => new(builder.Configuration, provider.GetRequiredService<IProxyStateLookup>(), options));
        AddProxy(builder, options, settings);
        AddLifetime(builder, settings);
        AccessLogMiddleware.Add(builder.Services, settings.AccessLog);

        var app = builder.Build();
        file?.Logger = app.Logger;
        try
        {
            ConnectionDrain.Use(app);
            AccessLogMiddleware.Use(app);
            app.Services.GetService<RecentFailures>()?.Use(app);
            if (options.Root is not null)
            {
                SiteStaticFiles.Use(app, options.Root);
            }

            app.UseRouting();
            app.UseRequestTimeouts();
            app.UseAuthorization();
            app.MapReverseProxy();
            return app;
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }
    }

    private static void AddLifetime(WebApplicationBuilder builder, GatewaySettings settings)
    {
        // GracefulStop has the limit.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = Timeout.InfiniteTimeSpan);

        // Services stop in the opposite order: what the last of them tells is still sent.
        GatewayTelemetry.Add(builder, servesMetrics: settings.Management is not null);
        if (settings.Management is { } address)
        {
            ManagementServer.Add(builder.Services, address);
        }
    }

    private static void AddProxy(WebApplicationBuilder builder, GatewayOptions options, GatewaySettings settings)
    {
        var proxy = builder.Services.AddReverseProxy();
        if (settings.DnsRefresh is { } refresh)
        {
            proxy.AddDnsDestinationResolver(dns => dns.RefreshPeriod = refresh);
            builder.Services.AddSingleton<IDnsQuery, LookupClient>(static _ => new LookupClient(new LookupClientOptions { UseCache = false }));
            builder.Services.Decorate<IDestinationResolver, SrvDestinationResolver>(SrvDestinationResolver.Inner);
        }

        var section = builder.Configuration.GetSection(ProxySection);
        if (options.App is not null)
        {
            proxy.LoadFromMemory(SingleApplication.Routes, SingleApplication.Clusters(options.App, SingleApplication.Options(options.Root)))
                .AddFastCgi(EmptySection());
        }
        else if (section.Exists())
        {
            proxy.LoadFromConfig(section).AddFastCgi(section);
        }
        else if (options.ConfigFile is not null)
        {
            throw new InvalidDataException($"The configuration file '{options.ConfigFile}' has no {ProxySection} section.");
        }
        else
        {
            var demo = new DemoApplication();
            builder.Services.AddSingleton(_ => demo);
            builder.Services.AddHostedService(services => services.GetRequiredService<DemoApplication>());
            var cluster = SingleApplication.Options(root: null) with { MaxConnections = DemoApplication.MaxConnections };
            proxy.LoadFromMemory(SingleApplication.Routes, SingleApplication.Clusters(demo.Endpoint, cluster)).AddFastCgi(EmptySection());
        }
    }

    // A ReverseProxy section that lies around is not for routes made in code.
    private static IConfigurationSection EmptySection() => new ConfigurationBuilder().Build().GetSection(ProxySection);
}
