using StackExchange.Redis;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>Keeps responses of routes that have an OutputCachePolicy (docs/decisions/0018-cache.md).</summary>
internal static class OutputCache
{
    private const long MiB = 1 << 20;

    public static void Add(IServiceCollection services, CachingOptions options)
    {
        if (options.Policies.Count == 0)
        {
            return;
        }

        // YARP looks there whether a route's policy exists. The rules themselves are CachePolicyOptions.
        services.AddOutputCache(cache =>
        {
            cache.SizeLimit = options.MaxSize * MiB;
            foreach (var (name, _) in options.Policies)
            {
                cache.AddPolicy(name, static policy => policy.NoCache());
            }
        });
        if (options.Redis.Endpoints.Count > 0)
        {
            services.AddStackExchangeRedisOutputCache(redis =>
            {
                redis.ConfigurationOptions = Configure(options.Redis);
                redis.InstanceName = options.Redis.Prefix;
            });
        }

        services.AddSingleton(options);
        services.AddSingleton<CacheMetrics>();
        services.AddSingleton<CacheStore>();
        services.AddSingleton<CacheRefresh>();
        services.AddSingleton<CacheMiddleware>();
    }

    /// <summary>Behind everything that looks at who asks and behind the files, in front of the proxy.</summary>
    public static void Use(WebApplication app)
    {
        if (app.Services.GetService<CacheMiddleware>() is { } cache)
        {
            app.Use(cache.InvokeAsync);
        }
    }

    private static ConfigurationOptions Configure(RedisOptions options)
    {
        var timeout = (int)options.Timeout.TotalMilliseconds;
        var redis = new ConfigurationOptions
        {
            User = options.User,
            Password = options.Password,
            Ssl = options.Tls,
            DefaultDatabase = options.Database,
            ConnectTimeout = timeout,
            AsyncTimeout = timeout,
            SyncTimeout = timeout,
            ClientName = "yarp-fastcgi-gateway",

            // A Redis that is not there at the start may come later, and one that has gone is not waited for.
            AbortOnConnectFail = false,
            BacklogPolicy = BacklogPolicy.FailFast,
        };
        foreach (var endpoint in options.Endpoints)
        {
            redis.EndPoints.Add(endpoint);
        }

        return redis;
    }
}
