using System.Text.Json;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Configuration.RouteValidators;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>Reports what is wrong with a site as an error of its route, so that YARP refuses the configuration with all of its errors together.</summary>
internal sealed class SiteRouteValidator : IRouteValidator
{
    public ValueTask ValidateAsync(RouteConfig routeConfig, IList<Exception> errors)
    {
        if (routeConfig.Metadata?.GetValueOrDefault(SiteRules.MetadataKey) is { } json)
        {
            try
            {
                foreach (var error in JsonSerializer.Deserialize(json, SiteJson.Default.SiteRules)?.Errors ?? [])
                {
                    errors.Add(new ArgumentException($"Site '{routeConfig.RouteId}': {error}"));
                }
            }
            catch (JsonException exception)
            {
                errors.Add(new ArgumentException($"Route '{routeConfig.RouteId}': the metadata '{SiteRules.MetadataKey}' is the gateway's own, and not readable: {exception.Message}"));
            }
        }

        return ValueTask.CompletedTask;
    }
}
