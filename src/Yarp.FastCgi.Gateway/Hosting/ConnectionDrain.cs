using Microsoft.AspNetCore.Connections.Features;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>
/// While the gateway stops, each response is the last of its connection (Connection: close, or GOAWAY). Clients that keep connections
/// move on before the listeners close, and do not send a request into a connection that is just being closed.
/// </summary>
internal static class ConnectionDrain
{
    /// <summary>Stands in front of everything that answers.</summary>
    public static void Use(WebApplication app)
    {
        var stopping = app.Lifetime.ApplicationStopping;
        app.Use((HttpContext context, RequestDelegate next) =>
        {
            if (stopping.IsCancellationRequested)
            {
                context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
            }

            return next(context);
        });
    }
}
