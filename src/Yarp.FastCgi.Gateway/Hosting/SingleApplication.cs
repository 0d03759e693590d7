using Yarp.FastCgi.Client;
using Yarp.FastCgi.Gateway.Sites;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>The configuration of a gateway that has one application: one route for every path, one cluster, one destination.</summary>
internal static class SingleApplication
{
    private const string Id = "app";
    private const string DefaultPreset = "php";

    public static IReadOnlyList<RouteConfig> Routes { get; } =
    [
        new RouteConfig { RouteId = Id, ClusterId = Id, Match = new RouteMatch { Path = "/{**path}" } },
    ];

    public static IReadOnlyList<ClusterConfig> Clusters(FastCgiEndpoint application, FastCgiClusterOptions options)
    {
        var destinations = new Dictionary<string, DestinationConfig>
        {
            [Id] = new() { Address = application.ToString() },
        };
        return [new ClusterConfig { ClusterId = Id, Destinations = destinations }.WithFastCgi(options)];
    }

    /// <summary>An application that serves every path itself.</summary>
    public static FastCgiClusterOptions Options { get; } = new() { CheckFile = FastCgiCheckFile.Off };

    /// <summary>The application of the command line, as the configuration of one site.</summary>
    public static Dictionary<string, string?> Site(GatewayOptions options)
    {
        const string Site = $"{SitesConfiguration.Section}:{Id}";
        return new Dictionary<string, string?>
        {
            [$"{Site}:{SiteKey.Preset.Name}"] = options.Preset ?? (options.Root is null ? null : DefaultPreset),
            [$"{Site}:{SiteKey.Root.Name}"] = options.Root,
            [$"{Site}:{SiteKey.App.Name}"] = options.App?.ToString(),
            [$"{Site}:{SiteKey.Interpreter.Name}"] = options.Interpreter,
        };
    }
}
