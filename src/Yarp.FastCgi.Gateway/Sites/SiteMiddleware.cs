using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Configuration.RouteValidators;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>Lets the site of the chosen route have the request before the proxy.</summary>
internal static class SiteMiddleware
{
    public static void AddSites(this IServiceCollection services) => services.AddSingleton<IRouteValidator, SiteRouteValidator>();

    /// <summary>Stands behind routing and authorisation, which hold for files as they do for scripts, and in front of the proxy.</summary>
    public static void Use(WebApplication app)
    {
        // A route's model lives until its configuration changes, and so does what was made of it.
        var sites = new ConditionalWeakTable<RouteModel, Entry>();
        var timeProvider = app.Services.GetRequiredService<TimeProvider>();
        ConditionalWeakTable<RouteModel, Entry>.CreateValueCallback create = route => new Entry(Site.Create(route, timeProvider));
        app.Use((HttpContext context, RequestDelegate next) =>
            context.GetEndpoint()?.Metadata.GetMetadata<RouteModel>() is { } route && sites.GetValue(route, create).Site is { } site
                ? site.InvokeAsync(context, next)
                : next(context));
    }

    private sealed record Entry(Site? Site);
}
