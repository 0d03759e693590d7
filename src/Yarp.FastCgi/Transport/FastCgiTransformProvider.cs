using System.Runtime.CompilerServices;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Yarp.FastCgi.Transport;

/// <summary>
/// Gives FastCGI routes the defaults that CGI asks for, where the user said nothing: the client's Host goes to the application, and
/// X-Forwarded-* are left as they came, since the params tell the application everything that these would.
/// </summary>
internal sealed class FastCgiTransformProvider : ITransformProvider
{
    // What the builder was given, for FastCgiTransformBuilder to look at once all providers have had their say.
    private readonly ConditionalWeakTable<RouteConfig, TransformBuilderContext> _contexts = [];

    public TransformBuilderContext? TakeContext(RouteConfig route)
        => _contexts.Remove(route, out var context) ? context : null;

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        if (!TransportMark.IsFastCgi(context.Cluster?.Metadata))
        {
            return;
        }

        context.UseDefaultForwarders ??= false;
        if (!HasOriginalHost(context))
        {
            context.AddOriginalHost(true);
        }

        _contexts.AddOrUpdate(context.Route, context);
    }

    private static bool HasOriginalHost(TransformBuilderContext context)
    {
        foreach (var transform in context.RequestTransforms)
        {
            if (transform is RequestHeaderOriginalHostTransform)
            {
                return true;
            }
        }

        return false;
    }
}
