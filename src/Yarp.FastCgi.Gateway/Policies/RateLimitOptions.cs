using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Policies;

/// <summary>One of the sections below <c>Gateway:RateLimits</c>: a policy for the RateLimiterPolicy of routes.</summary>
internal sealed record RateLimitOptions
{
    public const string FixedWindow = "FixedWindow";
    public const string SlidingWindow = "SlidingWindow";
    public const string TokenBucket = "TokenBucket";
    public const string Concurrency = "Concurrency";
    public const string Client = "Client";
    public const string Everybody = "Everybody";

    /// <summary>How requests are counted. Default: FixedWindow.</summary>
    public string Kind { get; private init; } = FixedWindow;

    /// <summary>Requests in a window, tokens in the bucket, or requests at a time. Always named.</summary>
    public int PermitLimit { get; private init; } = 1;

    /// <summary>The length of the window, or the time in which a full bucket flows in. Default: a minute. Not for Concurrency.</summary>
    public TimeSpan Window { get; private init; } = TimeSpan.FromMinutes(1);

    /// <summary>Steps in which a sliding window moves, or in which a bucket is filled. Default: 6.</summary>
    public int Segments { get; private init; } = 6;

    /// <summary>Requests that wait for their turn. Default: 0, all others are 429 at once.</summary>
    public int QueueLimit { get; private init; }

    /// <summary>Who has a count of its own: each client address, or nobody. Default: Client.</summary>
    public string PartitionBy { get; private init; } = Client;

    /// <summary>A header field, each value of which has a count of its own, instead of <see cref="PartitionBy"/>. Default: none.</summary>
    public string? PartitionByHeader { get; private init; }

    public static RateLimitOptions Read(SectionReader section)
    {
        var defaults = new RateLimitOptions();
        if (!section.TryRead(nameof(PermitLimit), new IntegerFormat(1, 1_000_000_000, "requests"), out var permits) && !section.Has(nameof(PermitLimit)))
        {
            section.Refuse(nameof(PermitLimit), "is missing: how many requests does the policy let through?");
        }

        var options = new RateLimitOptions
        {
            Kind = section.Read(nameof(Kind), new WordFormat(FixedWindow, SlidingWindow, TokenBucket, Concurrency), defaults.Kind),
            PermitLimit = Math.Max(permits, defaults.PermitLimit),
            Window = section.Read(nameof(Window), new TimeFormat(), defaults.Window),
            Segments = section.Read(nameof(Segments), new IntegerFormat(1, 1000, "segments"), defaults.Segments),
            QueueLimit = section.Read(nameof(QueueLimit), new IntegerFormat(0, 1_000_000, "requests"), defaults.QueueLimit),
            PartitionBy = section.Read(nameof(PartitionBy), new WordFormat(Client, Everybody), defaults.PartitionBy),
            PartitionByHeader = section.TryRead(nameof(PartitionByHeader), HeaderNameFormat.Instance, out var header) ? header : null,
        };
        if (options.PartitionByHeader is not null && section.Has(nameof(PartitionBy)))
        {
            section.Refuse(nameof(PartitionByHeader), "and PartitionBy exclude each other: keep one.");
        }

        return options;
    }
}
