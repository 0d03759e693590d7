using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Policies;

/// <summary>One of the sections below <c>Gateway:RequestTimeouts</c>: a policy for the TimeoutPolicy of routes.</summary>
internal sealed record RequestTimeoutOptions
{
    /// <summary>How long a request may take, until its response has begun to arrive at the latest. Default: 100 seconds.</summary>
    public TimeSpan Timeout { get; private init; } = TimeSpan.FromSeconds(100);

    public static RequestTimeoutOptions Read(SectionReader section)
    {
        var defaults = new RequestTimeoutOptions();
        return new RequestTimeoutOptions
        {
            Timeout = section.Read(nameof(Timeout), new TimeFormat(), defaults.Timeout),
        };
    }
}
