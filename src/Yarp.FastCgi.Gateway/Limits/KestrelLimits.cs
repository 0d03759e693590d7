using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Yarp.FastCgi.Gateway.Limits;

/// <summary>The limits that Kestrel keeps.</summary>
internal static class KestrelLimits
{
    public static void Apply(KestrelServerLimits limits, LimitOptions options)
    {
        limits.MaxConcurrentConnections = options.MaxConnections > 0 ? options.MaxConnections : null;
        limits.MaxConcurrentUpgradedConnections = limits.MaxConcurrentConnections;
        limits.MaxRequestBodySize = options.MaxRequestBodySize == BodySizeFormat.Unlimited ? null : options.MaxRequestBodySize;
        limits.MaxRequestLineSize = options.MaxRequestLineSize;
        limits.MaxRequestHeadersTotalSize = options.MaxRequestHeadersTotalSize;
        limits.MaxRequestHeaderCount = options.MaxRequestHeaderCount;
        limits.Http2.MaxRequestHeaderFieldSize = options.MaxRequestHeadersTotalSize;
        limits.Http2.MaxStreamsPerConnection = options.MaxStreamsPerConnection;
        limits.KeepAliveTimeout = options.KeepAliveTimeout;
        limits.RequestHeadersTimeout = options.RequestHeadersTimeout;
    }
}
