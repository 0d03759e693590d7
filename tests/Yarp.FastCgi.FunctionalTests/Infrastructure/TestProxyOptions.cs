using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.FunctionalTests.Infrastructure;

/// <summary>What a test changes about a <see cref="TestProxy"/>.</summary>
internal sealed record TestProxyOptions
{
    /// <summary>The content of the ReverseProxy section. Null when the configuration is given in memory, or not at all.</summary>
    public string? Json { get; init; }

    public IReadOnlyList<RouteConfig> Routes { get; init; } = [];

    public IReadOnlyList<ClusterConfig> Clusters { get; init; } = [];

    public Action<IServiceCollection> Services { get; init; } = _ => { };

    public Action<IReverseProxyBuilder> ReverseProxy { get; init; } = _ => { };

    /// <summary>Middleware in front of the endpoints, and further endpoints.</summary>
    public Action<WebApplication> App { get; init; } = _ => { };

    /// <summary>Middleware of the proxy's own pipeline, before YARP's.</summary>
    public Action<IReverseProxyApplicationBuilder> Pipeline { get; init; } = _ => { };

    public Action<KestrelServerOptions> Kestrel { get; init; } = _ => { };
}
