using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Configuration.RouteValidators;

namespace Yarp.FastCgi.Authorization;

/// <summary>A route whose policy names an authorizer's cluster must find it, and find it FastCGI.</summary>
internal sealed class AuthorizerRouteValidator(ConfigurationLoad load) : IRouteValidator
{
    public ValueTask ValidateAsync(RouteConfig route, IList<Exception> errors)
    {
        if (!AuthorizerPolicyName.TryParse(route.AuthorizationPolicy, out var clusterId))
        {
            return ValueTask.CompletedTask;
        }

        var cluster = load.FindCluster(clusterId);
        if (cluster is null)
        {
            errors.Add(route, $"'{nameof(RouteConfig.AuthorizationPolicy)}' is {ControlCharacters.Quote(route.AuthorizationPolicy!)}, but there is no cluster {ControlCharacters.Quote(clusterId)}: what follows '{AuthorizerPolicyName.Prefix}' is the id of the cluster that has the authorizers as its destinations.");
        }
        else if (!TransportMark.IsFastCgi(cluster.Metadata))
        {
            errors.Add(route, $"'{nameof(RouteConfig.AuthorizationPolicy)}' is {ControlCharacters.Quote(route.AuthorizationPolicy!)}, but the cluster '{cluster.ClusterId}' is not FastCGI: add \"{TransportMark.Key}\": \"{TransportMark.FastCgi}\" to it.");
        }

        return ValueTask.CompletedTask;
    }
}
