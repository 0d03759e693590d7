using Microsoft.AspNetCore.Http;

namespace Yarp.FastCgi.Configuration.Tables;

/// <summary>When a request is sent again.</summary>
internal static class RetryTable
{
    public static readonly ValueSetting<FastCgiClusterOptions, int> RetryMaxAttempts = new()
    {
        Name = Name(nameof(FastCgiRetryOptions.MaxAttempts)),
        Format = new IntegerFormat(1, 10, "attempts"),
        Default = 3,
        Get = static options => options.Retries?.MaxAttempts,
        Set = static (options, value) => options with { Retries = (options.Retries ?? new()) with { MaxAttempts = value } },
        Summary = "How often a request is sent at the most, the first time included; 1 is no retry at all.",
    };

    public static readonly TextListSetting<FastCgiClusterOptions> RetryOn = new()
    {
        Name = Name(nameof(FastCgiRetryOptions.On)),
        ElementFormat = TextFormat.RetryCause,
        Default = ["connect-failure", "stale-connection", "overloaded"],
        Get = static options => options.Retries?.On,
        Set = static (options, value) => options with { Retries = (options.Retries ?? new()) with { On = value } },
        Summary = "After what a request is sent again (see Retries).",
    };

    public static readonly TextListSetting<FastCgiClusterOptions> RetryMethods = new()
    {
        Name = Name(nameof(FastCgiRetryOptions.Methods)),
        ElementFormat = TextFormat.Method,
        Default = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Options, HttpMethods.Trace],
        Get = static options => options.Retries?.Methods,
        Set = static (options, value) => options with { Retries = (options.Retries ?? new()) with { Methods = value } },
        Summary = "Methods of requests that may be sent again although the application may have executed them already.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, int> RetryBudget = new()
    {
        Name = Name(nameof(FastCgiRetryOptions.Budget)),
        Format = new IntegerFormat(0, 100, "percent"),
        Default = 20,
        Get = static options => options.Retries?.Budget,
        Set = static (options, value) => options with { Retries = (options.Retries ?? new()) with { Budget = value } },
        Summary = "Share of the cluster's recent requests that may be retries of requests which an application has received; ten more are always allowed to gather.",
    };

    /// <summary>All of them, in the order of the reference.</summary>
    public static readonly IReadOnlyList<FastCgiSetting> All =
    [
        RetryMaxAttempts,
        RetryOn,
        RetryMethods,
        RetryBudget,
    ];

    private static string Name(string name) => $"{nameof(FastCgiClusterOptions.Retries)}:{name}";
}
