using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Management;

namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>The dashboard on the management listener: a page, what belongs to it, and the events that keep it up to date. Nothing of it comes from elsewhere.</summary>
internal static class DashboardPage
{
    // Scripts and styles are files of their own, so that the page needs no permission for anything inline.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly (string Path, string Resource, string ContentType)[] Files =
    [
        ("/", "page.html", "text/html; charset=utf-8"),
        ("/dashboard.js", "dashboard.js", "text/javascript; charset=utf-8"),
        ("/dashboard.css", "dashboard.css", "text/css; charset=utf-8"),
        ("/icon.svg", "icon.svg", "image/svg+xml"),
        ("/uplot.js", "uplot.js", "text/javascript; charset=utf-8"),
        ("/uplot.css", "uplot.css", "text/css; charset=utf-8"),
        ("/uplot.LICENSE.txt", "uplot.LICENSE.txt", "text/plain; charset=utf-8"),
    ];

    public static void Map(WebApplication management, ListenAddress address, DashboardFeed feed)
    {
        foreach (var (path, resource, contentType) in Files)
        {
            var content = Read(resource);
            management.MapGet(path, context =>
            {
                Secure(context.Response);
                return ManagementAnswers.WriteAsync(context, address, contentType, content);
            }).DisableHttpMetrics();
        }

        var stopping = management.Lifetime.ApplicationStopping;
        management.MapGet("/events", context => StreamAsync(context, address, feed, stopping)).DisableHttpMetrics();
    }

    private static async Task StreamAsync(HttpContext context, ListenAddress address, DashboardFeed feed, CancellationToken stopping)
    {
        if (!await ManagementAnswers.TryAdmitAsync(context, address))
        {
            return;
        }

        if (feed.TryEnter() is not { } watcher)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync($"{DashboardFeed.MaxWatchers} pages watch already.\n", context.RequestAborted);
            return;
        }

        // The end of the gateway waits for no page.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            var output = context.Response.Body;
            await foreach (var change in watcher.Reader.ReadAllAsync(end.Token))
            {
                await context.Response.WriteAsync($"event: {change.Name}\ndata: ", end.Token);
                await output.WriteAsync(change.Json, end.Token);
                await output.WriteAsync("\n\n"u8.ToArray(), end.Token);
                await output.FlushAsync(end.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The page was left, or the gateway stops.
        }
        finally
        {
            feed.Leave(watcher);
        }
    }

    private static void Secure(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers.XFrameOptions = "DENY";
    }

    private static byte[] Read(string resource)
    {
        using var stream = typeof(DashboardPage).Assembly.GetManifestResourceStream($"Dashboard.{resource}")!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
