using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Yarp.FastCgi.Authorization;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Health;
using Yarp.FastCgi.Interpreters;
using Yarp.FastCgi.LoadBalancing;
using Yarp.FastCgi.Retries;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy.Configuration.ClusterValidators;
using Yarp.ReverseProxy.Configuration.RouteValidators;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.ServiceDiscovery;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the FastCGI transport.</summary>
public static class FastCgiServiceCollectionExtensions
{
    /// <summary>
    /// Registers what <c>MapFastCgi</c> needs: forwarding to one FastCGI application without YARP's clusters, the counterpart of
    /// <c>AddHttpForwarder</c>.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <returns>The same services.</returns>
    public static IServiceCollection AddFastCgiForwarder(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.TryAddSingleton(TimeProvider.System);
        services.AddMetrics();
        services.AddLogging();
        services.TryAddSingleton<FastCgiMetrics>();
        services.TryAddSingleton<StderrLogs>();
        services.TryAddSingleton<RequestHeaderEncoding>();
        services.TryAddSingleton<FastCgiExchanges>();
        services.TryAddSingleton<FastCgiForwarder>();
        services.TryAddSingleton<PhpSettingsReport>();
        services.TryAddSingleton<BodyFileSweep>();
        services.TryAddSingleton<DirectClients>();
        return services;
    }

    /// <summary>
    /// Adds the FastCGI transport to YARP. Routes and clusters marked <c>"Transport": "fastcgi"</c> go to FastCGI applications; the
    /// options beside the marks are read from the configuration section <c>ReverseProxy</c>, if there is one.
    /// Call it behind <c>LoadFromConfig</c>, <c>ConfigureHttpClient</c> and other calls that replace services of YARP.
    /// </summary>
    /// <param name="builder">YARP's builder.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="InvalidOperationException">AddReverseProxy was not called.</exception>
    public static IReverseProxyBuilder AddFastCgi(this IReverseProxyBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddFastCgiConfiguration();
        return AddTransport(builder);
    }

    /// <summary>
    /// Adds the FastCGI transport to YARP, with the section that <c>LoadFromConfig</c> was given. Call it once for each section.
    /// </summary>
    /// <param name="builder">YARP's builder.</param>
    /// <param name="section">The section with Routes and Clusters.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="InvalidOperationException">AddReverseProxy was not called.</exception>
    public static IReverseProxyBuilder AddFastCgi(this IReverseProxyBuilder builder, IConfiguration section)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(section);
        builder.Services.AddFastCgiConfiguration(section);
        return AddTransport(builder);
    }

    private static IReverseProxyBuilder AddTransport(IReverseProxyBuilder builder)
    {
        var services = builder.Services;
        services.AddFastCgiForwarder();
        services.TryAddSingleton<OtherDestinations>();
        services.TryAddSingleton<InterpreterMetrics>();
        services.TryAddSingleton<InterpreterRegistry>();
        services.TryAddSingleton<IConnectGates>(static provider => provider.GetRequiredService<InterpreterRegistry>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterChangeListener, InterpreterRegistry>(static provider => provider.GetRequiredService<InterpreterRegistry>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, InterpreterRegistry>(static provider => provider.GetRequiredService<InterpreterRegistry>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IAppliedConfigurationListener, BodyFileSweep>(static provider => provider.GetRequiredService<BodyFileSweep>()));
        services.Decorate<IHttpForwarder, TransportForwarder>();
        services.Decorate<IForwarderHttpClientFactory, FastCgiClientFactory>();
        services.Decorate<IDestinationHealthUpdater, InterpreterHealthUpdater>();
        services.Decorate<IProbingRequestFactory, FastCgiProbingRequestFactory>();
        DecorateResolver(services);
        services.Decorate<ITransformBuilder, FastCgiTransformBuilder>();
        services.TryAddSingleton<FastCgiTransformProvider>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ITransformProvider, FastCgiTransformProvider>(
            static provider => provider.GetRequiredService<FastCgiTransformProvider>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterValidator, FastCgiClientFactoryValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterChangeListener, FastCgiPoolRetirement>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterChangeListener, StatusMonitor>());
        services.Decorate<IAuthorizationPolicyProvider, AuthorizerPolicyProvider>();
        services.Decorate<IAuthorizationMiddlewareResultHandler, AuthorizerResultHandler>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IAuthorizationHandler, AuthorizerHandler>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IRouteValidator, AuthorizerRouteValidator>());
        services.TryAddSingleton<AuthorizerClient>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoadBalancingPolicy, IpHashPolicy>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoadBalancingPolicy, FailoverPolicy>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoadBalancingPolicy, WeightedRoundRobinPolicy>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<ILoadBalancingPolicy, FastCgiLeastBusyPolicy>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IPassiveHealthCheckPolicy, ConnectFailurePolicy>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IActiveHealthCheckPolicy, FastCgiProbePolicy>());
        return builder;
    }

    // YARP knows its own resolver, which does nothing, by its type, and then hands each provider's configuration on as it is, with its revision.
    private static void DecorateResolver(IServiceCollection services)
    {
        var resolver = services.LastOrDefault(service => service.ServiceType == typeof(IDestinationResolver) && !service.IsKeyedService);
        if (resolver is not null && resolver.ImplementationType?.Name != "NoOpDestinationResolver")
        {
            services.Decorate<IDestinationResolver, FastCgiDestinationResolver>();
        }
    }
}
