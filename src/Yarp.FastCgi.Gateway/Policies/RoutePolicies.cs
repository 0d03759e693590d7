using Microsoft.AspNetCore.Authorization;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.Transport;

namespace Yarp.FastCgi.Gateway.Policies;

/// <summary>Makes the policies of the configuration known by the names under which routes ask for them.</summary>
internal static class RoutePolicies
{
    /// <summary>After the proxy, whose handler of authorization results it decorates.</summary>
    public static void Add(IServiceCollection services, GatewaySettings settings)
    {
        RateLimitPolicies.Add(services, settings.RateLimits);
        services.AddCors(cors => AddEach(settings.Cors, cors.AddPolicy));
        services.AddRequestTimeouts(timeouts => AddEach(
            settings.RequestTimeouts,
            (name, options) => timeouts.AddPolicy(name, options.Timeout)));
        services.AddAuthorization(authorization => AddEach(
            settings.Access,
            (name, options) => authorization.AddPolicy(name, policy => policy.AddRequirements(new AccessRequirement(options)))));
        services.Decorate<IAuthorizationMiddlewareResultHandler, AccessResultHandler>(AccessResultHandler.Inner);
    }

    /// <summary>Between routing and the routes.</summary>
    public static void Use(WebApplication app)
    {
        app.UseCors();
        app.UseRateLimiter();
        app.UseRequestTimeouts();
        app.UseAuthorization();
    }

    private static void AddEach<T>(IReadOnlyList<KeyValuePair<string, T>> policies, Action<string, T> add)
    {
        foreach (var (name, policy) in policies)
        {
            add(name, policy);
        }
    }
}
