namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>Tags by which responses are purged: those of applications and policies, and the gateway's own.</summary>
internal static class CacheTags
{
    /// <summary>Of every response.</summary>
    public const string All = "all";

    // More would be a way to fill the store with tags.
    private const int MaxCount = 64;

    private static readonly char[] Separators = [' ', ','];

    public static string Named(string tag) => $"tag:{tag}";

    public static string OfRoute(string route) => $"route:{route}";

    public static string OfHost(string host) => $"host:{host.ToLowerInvariant()}";

    public static string OfUrl(string host, string target) => $"url:{CacheKey.OfUrl(host, target)}";

    /// <summary>All tags of a response.</summary>
    /// <returns>Null where the application names more, or others, than there may be: the response could not be purged by them.</returns>
    public static string[]? Of(HttpContext context, string route, CachePolicyOptions policy)
    {
        var host = context.Request.Host.Value ?? "";
        var (path, query) = CacheKey.Target(context);
        var tags = new HashSet<string>(StringComparer.Ordinal) { All, OfRoute(route), OfHost(host), OfUrl(host, path + query) };
        foreach (var tag in policy.Tags)
        {
            tags.Add(Named(tag));
        }

        foreach (var header in policy.TagHeaders)
        {
            foreach (var line in context.Response.Headers[header])
            {
                foreach (var tag in (line ?? "").Split(Separators, StringSplitOptions.RemoveEmptyEntries))
                {
                    if (!CacheTagFormat.IsTag(tag) || tags.Count >= MaxCount)
                    {
                        return null;
                    }

                    tags.Add(Named(tag));
                }
            }
        }

        return [.. tags];
    }
}
