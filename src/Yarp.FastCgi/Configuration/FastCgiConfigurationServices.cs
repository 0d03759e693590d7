using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Yarp.FastCgi.Health;
using Yarp.FastCgi.LoadBalancing;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Configuration.ClusterValidators;
using Yarp.ReverseProxy.Configuration.RouteValidators;

namespace Yarp.FastCgi.Configuration;

/// <summary>Registers what reads and validates the configuration. Registering twice does no harm.</summary>
internal static class FastCgiConfigurationServices
{
    private const string ConventionalSection = "ReverseProxy";

    /// <summary>Reads the section of the name that YARP's documentation uses, when the application has it.</summary>
    public static IServiceCollection AddFastCgiConfiguration(this IServiceCollection services)
        => services
            .AddSingleton(provider => new ProxySection(provider.GetService<IConfiguration>()?.GetSection(ConventionalSection)))
            .AddConfigurationPipeline();

    /// <summary>Reads the section that YARP loads its routes and clusters from.</summary>
    public static IServiceCollection AddFastCgiConfiguration(this IServiceCollection services, IConfiguration section)
        => services
            .AddSingleton(new ProxySection(section))
            .AddConfigurationPipeline();

    private static IServiceCollection AddConfigurationPipeline(this IServiceCollection services)
    {
        services.TryAddSingleton<ConfigurationFolder>();
        services.TryAddSingleton<PhpSettingsReport>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IAppliedConfigurationListener, PhpSettingsReport>(static provider => provider.GetRequiredService<PhpSettingsReport>()));
        services.TryAddSingleton<ConfigurationLoad>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigChangeListener, ConfigurationLoad>(provider => provider.GetRequiredService<ConfigurationLoad>()));
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IProxyConfigFilter, FastCgiConfigFilter>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterValidator, FastCgiClusterValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterValidator, FastCgiDestinationValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterValidator, FastCgiHttpSettingsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterValidator, LoadBalancingValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IClusterValidator, HealthCheckValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IRouteValidator, FastCgiRouteValidator>());
        return services;
    }
}
