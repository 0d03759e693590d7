using Microsoft.AspNetCore.HttpsPolicy;

namespace Yarp.FastCgi.Gateway.Https;

/// <summary>Sends clients that come by http to https, and tells browsers to come so by themselves the next time.</summary>
internal static class HttpsOnly
{
    // Certificate authorities begin there by http (RFC 8555 section 8.3), and before there is a certificate.
    private const string Challenges = "/.well-known/acme-challenge";

    public static void Add(IServiceCollection services, HttpsOptions options)
    {
        services.Configure<HttpsRedirectionOptions>(redirect =>
        {
            redirect.RedirectStatusCode = options.RedirectStatus;
            redirect.HttpsPort = options.Port;
        });
        services.Configure<HstsOptions>(hsts =>
        {
            hsts.MaxAge = TimeSpan.FromSeconds(options.HstsMaxAge);
            hsts.IncludeSubDomains = options.HstsIncludeSubDomains;
            hsts.Preload = options.HstsPreload;
        });
    }

    public static void Use(WebApplication app, HttpsOptions options)
    {
        if (options.HstsMaxAge > 0)
        {
            app.UseHsts();
        }

        if (options.Redirect)
        {
            app.UseWhen(static context => !context.Request.Path.StartsWithSegments(Challenges), static branch => branch.UseHttpsRedirection());
        }
    }
}
