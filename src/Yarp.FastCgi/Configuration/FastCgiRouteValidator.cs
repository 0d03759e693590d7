using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Configuration.RouteValidators;

namespace Yarp.FastCgi.Configuration;

/// <summary>The options and the mark of a route, and whether together with its cluster's options there is something to run.</summary>
internal sealed class FastCgiRouteValidator(ConfigurationLoad load) : IRouteValidator
{
    public ValueTask ValidateAsync(RouteConfig route, IList<Exception> errors)
    {
        var found = new List<string>(load.ErrorsOf(route));
        var options = FastCgiMetadata.ReadRoute(route.Metadata, found);
        OptionsRules.CheckDirectories(options, found);
        TransportMark.Check(route.Metadata, "the route or to its cluster", found);

        if (TransportMark.IsFastCgi(route.Metadata))
        {
            // What is wrong with the cluster's own options was reported with the cluster.
            var defaults = FastCgiMetadata.ReadCluster(load.FindCluster(route.ClusterId)?.Metadata, []);
            OptionsRules.CheckApplication(SettingsResolver.Merge(defaults, options), found);
        }

        foreach (var error in found)
        {
            errors.Add(route, error);
        }

        return ValueTask.CompletedTask;
    }
}
