using Yarp.FastCgi.Client;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>The configuration of a gateway that has one application: one route for every path, one cluster, one destination.</summary>
internal static class SingleApplication
{
    private const string Id = "app";

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

    /// <summary>An application that finds its scripts in a root, or one that serves every path itself.</summary>
    public static FastCgiClusterOptions Options(string? root)
    {
        if (root is null)
        {
            return new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off };
        }

        var options = new FastCgiClusterOptions { DocumentRoot = root, Index = ["index.php"] };

        // Pretty URLs need no configuration: what names no script is the front controller's, if there is one.
        return File.Exists(Path.Combine(root, "index.php"))
            ? options with { TryFiles = ["{path}", "{path}/index.php", "/index.php"] }
            : options;
    }
}
