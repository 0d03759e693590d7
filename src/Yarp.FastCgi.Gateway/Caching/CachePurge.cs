using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Management;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>POST /cache/purge on the management listener: cached responses with a tag, of a route, of a host, of a URL, or all.</summary>
internal static class CachePurge
{
    private const string Usage = "Say what to purge: /cache/purge?tag=NAME, ?route=ID, ?host=NAME, ?url=https://host/path, each as often as wanted, or ?all.\n";

    public static void Map(WebApplication app, ListenAddress address, IServiceProvider gateway)
    {
        if (gateway.GetService<CacheStore>() is { } store)
        {
            var logger = gateway.GetRequiredService<ILogger<CacheStore>>();
            app.MapPost("/cache/purge", context => AnswerAsync(context, address, store, logger)).DisableHttpMetrics();
        }
    }

    private static async Task AnswerAsync(HttpContext context, ListenAddress address, CacheStore store, ILogger logger)
    {
        if (!await ManagementAnswers.TryAdmitAsync(context, address))
        {
            return;
        }

        var response = context.Response;
        response.ContentType = "text/plain; charset=utf-8";
        if (context.Request.Headers.Origin is { Count: > 0 } origin && origin.ToString() != $"{context.Request.Scheme}://{context.Request.Host}")
        {
            // A stranger's page may post to any address that its reader reaches.
            response.StatusCode = StatusCodes.Status403Forbidden;
            await response.WriteAsync("Pages of other origins may not purge.\n");
            return;
        }

        if (Read(context.Request.Query) is not { Count: > 0 } tags)
        {
            response.StatusCode = StatusCodes.Status400BadRequest;
            await response.WriteAsync(Usage);
            return;
        }

        var isPurged = true;
        foreach (var tag in tags)
        {
            isPurged &= await store.PurgeAsync(tag);
        }

        var list = string.Join(", ", context.Request.Query.Select(static part => part.Value.ToString() is { Length: > 0 } value ? $"{part.Key}={value}" : part.Key));
        CacheLog.Purged(logger, list);
        response.StatusCode = isPurged ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        await response.WriteAsync(isPurged ? $"Purged: {list}\n" : "The store of cached responses fails (Gateway:Caching:Redis): what was to be purged may still be there.\n");
    }

    /// <returns>Null where something is not understood: nothing is purged then.</returns>
    private static List<string>? Read(IQueryCollection query)
    {
        var tags = new List<string>();
        foreach (var (name, values) in query)
        {
            foreach (var value in values)
            {
                var tag = name switch
                {
                    "all" => CacheTags.All,
                    "tag" when CacheTagFormat.IsTag(value ?? "") => CacheTags.Named(value!),
                    "route" when value is { Length: > 0 } => CacheTags.OfRoute(value),
                    "host" when value is { Length: > 0 } => CacheTags.OfHost(value),
                    "url" when Uri.TryCreate(value, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" => CacheTags.OfUrl(url.IsDefaultPort ? url.Host : $"{url.Host}:{url.Port}", url.PathAndQuery),
                    _ => null,
                };
                if (tag is null)
                {
                    return null;
                }

                tags.Add(tag);
            }
        }

        return tags;
    }
}
