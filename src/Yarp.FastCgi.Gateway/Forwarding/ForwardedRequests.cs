using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace Yarp.FastCgi.Gateway.Forwarding;

/// <summary>
/// Gives requests of trusted proxies the address, scheme, host and prefix that their X-Forwarded-* fields tell. ASP.NET Core's middleware does it; here is what
/// it leaves open: it believes every peer without an address, which peers of a unix socket are, and it keeps the port of the connection between proxy and gateway.
/// </summary>
internal static class ForwardedRequests
{
    private const int HttpPort = 80;
    private const int HttpsPort = 443;

    /// <summary>Stands in front of everything that looks at the address or at the scheme.</summary>
    public static void Use(WebApplication app, ForwardingOptions options)
    {
        if (options.TrustedNetworks.Count == 0)
        {
            return;
        }

        var forwarded = new ForwardedHeadersOptions
        {
            ForwardedHeaders = options.Headers,
            ForwardLimit = options.Limit,
            AllowedHosts = [.. options.AllowedHosts],
        };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var prefix in options.TrustedNetworks.Prefixes)
        {
            forwarded.KnownIPNetworks.Add(prefix);
        }

        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        app.Use(next =>
        {
            var middleware = new ForwardedHeadersMiddleware(UsePublicPort(next), loggers, Options.Create(forwarded));
            return context =>
            {
                var connection = context.Connection;
                if (!options.TrustedNetworks.Contains(connection.RemoteIpAddress))
                {
                    return next(context);
                }

                context.Features.Set(new SeenByTheProxy(context.Request.Scheme, context.Request.Host));
                return middleware.Invoke(context);
            };
        });
    }

    // SERVER_PORT is the port that the client connected to, as far as the proxy tells.
    private static RequestDelegate UsePublicPort(RequestDelegate next) => context =>
    {
        var (scheme, host) = context.Features.GetRequiredFeature<SeenByTheProxy>();
        if (context.Request.Scheme != scheme || context.Request.Host != host)
        {
            context.Connection.LocalPort = context.Request.Host.Port ?? (context.Request.IsHttps ? HttpsPort : HttpPort);
        }

        return next(context);
    };

    private sealed record SeenByTheProxy(string Scheme, HostString Host);
}
