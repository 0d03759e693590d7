using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;

namespace Yarp.FastCgi.Transport;

/// <summary>Puts a service of ours in front of the registered one, which stays available under a key.</summary>
internal static class ServiceDecoration
{
    /// <summary>The key of a service that is decorated.</summary>
    public const string Inner = "Yarp.FastCgi.Inner";

    /// <summary>
    /// Replaces the last registration of <typeparamref name="TService"/>. Replaced, not appended: YARP's ConfigureHttpClient then
    /// refuses to put its own factory in ours' place instead of doing so silently.
    /// </summary>
    /// <param name="services">The services.</param>
    /// <param name="key">The key of what is decorated; one that decorates before this library does needs another.</param>
    /// <exception cref="InvalidOperationException">The service is not registered.</exception>
    public static void Decorate<TService, [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TDecorator>(this IServiceCollection services, string key = Inner)
        where TService : class
        where TDecorator : class, TService
    {
        var index = -1;
        for (var i = services.Count - 1; i >= 0; i--)
        {
            var candidate = services[i];
            if (candidate.ServiceType != typeof(TService) || candidate.IsKeyedService)
            {
                continue;
            }

            if (candidate.ImplementationType == typeof(TDecorator))
            {
                return;
            }

            index = i;
            break;
        }

        if (index < 0)
        {
            throw new InvalidOperationException($"{typeof(TService).Name} is not registered. Call AddReverseProxy() before AddFastCgi().");
        }

        var inner = services[index];
        services[index] = ServiceDescriptor.Describe(typeof(TService), typeof(TDecorator), inner.Lifetime);
        services.Add(Keyed(inner, key));
    }

    private static ServiceDescriptor Keyed(ServiceDescriptor inner, string key)
    {
        if (inner.ImplementationInstance is { } instance)
        {
            return new ServiceDescriptor(inner.ServiceType, key, instance);
        }

        return inner.ImplementationFactory is { } factory
            ? new ServiceDescriptor(inner.ServiceType, key, (provider, _) => factory(provider), inner.Lifetime)
            : new ServiceDescriptor(inner.ServiceType, key, inner.ImplementationType!, inner.Lifetime);
    }
}
