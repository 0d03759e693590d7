using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Yarp.FastCgi.Gateway.Networks;

namespace Yarp.FastCgi.Gateway.Policies;

/// <summary>ASP.NET Core's rate limiters as the configuration names them.</summary>
internal static class RateLimitPolicies
{
    // Longer values are no keys; whoever sends one shares a count with all the others who do.
    private const int MaxKeyLength = 128;

    private const string WithoutKey = "";

    public static void Add(IServiceCollection services, IReadOnlyList<KeyValuePair<string, RateLimitOptions>> policies)
        => services.AddRateLimiter(limiter =>
        {
            limiter.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
            limiter.OnRejected = TellWhen;
            foreach (var (name, options) in policies)
            {
                limiter.AddPolicy(name, context => CreatePartition(Key(context, options), options));
            }
        });

    private static RateLimitPartition<string> CreatePartition(string key, RateLimitOptions options) => options.Kind switch
    {
        RateLimitOptions.SlidingWindow => RateLimitPartition.GetSlidingWindowLimiter(key, _ => new SlidingWindowRateLimiterOptions
        {
            PermitLimit = options.PermitLimit,
            Window = options.Window,
            SegmentsPerWindow = options.Segments,
            QueueLimit = options.QueueLimit,
        }),
        RateLimitOptions.TokenBucket => RateLimitPartition.GetTokenBucketLimiter(key, _ => CreateBucket(options)),
        RateLimitOptions.Concurrency => RateLimitPartition.GetConcurrencyLimiter(key, _ => new ConcurrencyLimiterOptions
        {
            PermitLimit = options.PermitLimit,
            QueueLimit = options.QueueLimit,
        }),
        _ => RateLimitPartition.GetFixedWindowLimiter(key, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = options.PermitLimit,
            Window = options.Window,
            QueueLimit = options.QueueLimit,
        }),
    };

    // At least a token each time: a bucket of two tokens a minute is filled every half a minute.
    private static TokenBucketRateLimiterOptions CreateBucket(RateLimitOptions options)
    {
        var steps = Math.Min(options.Segments, options.PermitLimit);
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = options.PermitLimit,
            TokensPerPeriod = options.PermitLimit / steps,
            ReplenishmentPeriod = options.Window / steps,
            QueueLimit = options.QueueLimit,
        };
    }

    private static string Key(HttpContext context, RateLimitOptions options)
    {
        if (options.PartitionByHeader is { } name)
        {
            var value = context.Request.Headers[name].ToString();
            if (value.Length > 0)
            {
                return value.Length <= MaxKeyLength ? $"{name}:{value}" : name;
            }
        }
        else if (options.PartitionBy == RateLimitOptions.Everybody)
        {
            return WithoutKey;
        }

        return ClientNetwork.Of(context.Connection.RemoteIpAddress)?.ToString() ?? WithoutKey;
    }

    private static ValueTask TellWhen(OnRejectedContext context, CancellationToken cancellationToken)
    {
        // A limit on requests at a time cannot know when one of them ends.
        var after = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, Math.Ceiling(wait.TotalSeconds)) : 1;
        context.HttpContext.Response.Headers.RetryAfter = after.ToString("F0", CultureInfo.InvariantCulture);
        return ValueTask.CompletedTask;
    }
}
