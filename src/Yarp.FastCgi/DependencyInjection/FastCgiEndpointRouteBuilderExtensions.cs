using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Transport;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps requests straight to a FastCGI application.</summary>
public static class FastCgiEndpointRouteBuilderExtensions
{
    /// <summary>
    /// Forwards requests that match a pattern to one FastCGI application, without YARP's clusters: the counterpart of
    /// <c>MapForwarder</c>, and the fastest path.
    /// </summary>
    /// <param name="endpoints">The endpoints.</param>
    /// <param name="pattern">The route pattern, such as <c>/blog/{**path}</c>. The whole path of the request goes to the application.</param>
    /// <param name="address">Where the application listens: <c>fastcgi://host[:9000]</c>, <c>unix:/path</c> or <c>unix:@name</c>.</param>
    /// <param name="options">The application and its connections; without them the application serves the whole tree.</param>
    /// <returns>A builder to add conventions to: authorization, rate limits, output caching and the like.</returns>
    /// <exception cref="FormatException">The address has none of the forms.</exception>
    /// <exception cref="ArgumentException">An option is wrong; the message lists everything that is.</exception>
    /// <exception cref="InvalidOperationException">Neither AddFastCgi nor AddFastCgiForwarder was called.</exception>
    public static IEndpointConventionBuilder MapFastCgi(
        this IEndpointRouteBuilder endpoints,
        [StringSyntax("Route")] string pattern,
        string address,
        FastCgiClusterOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(pattern);
        var endpoint = FastCgiEndpoint.Parse(address);
        var clients = endpoints.ServiceProvider.GetService<DirectClients>()
            ?? throw new InvalidOperationException("The services of MapFastCgi are missing. Call AddFastCgiForwarder() on the services, or AddReverseProxy().AddFastCgi().");
        var forward = clients.Create(pattern, endpoint, options ?? new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off });
        return endpoints.Map(pattern, forward).WithDisplayName($"FastCGI {pattern} => {endpoint}");
    }
}
