using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Yarp.FastCgi.Transport;

/// <summary>Builds the transforms of FastCGI routes with YARP's own builder and notes whether they matter.</summary>
internal sealed class FastCgiTransformBuilder : ITransformBuilder
{
    private readonly ITransformBuilder _inner;
    private readonly FastCgiTransformProvider _provider;
    private readonly TimeProvider _timeProvider;

    public FastCgiTransformBuilder([FromKeyedServices(ServiceDecoration.Inner)] ITransformBuilder inner, FastCgiTransformProvider provider, TimeProvider timeProvider)
    {
        _timeProvider = timeProvider;
        _inner = inner;
        _provider = provider;
    }

    public IReadOnlyList<Exception> ValidateRoute(RouteConfig route) => _inner.ValidateRoute(route);

    public IReadOnlyList<Exception> ValidateCluster(ClusterConfig cluster) => _inner.ValidateCluster(cluster);

    public HttpTransformer Create(Action<TransformBuilderContext> action) => _inner.Create(action);

    public HttpTransformer Build(RouteConfig route, ClusterConfig? cluster)
    {
        var transformer = _inner.Build(route, cluster);
        if (!TransportMark.IsFastCgi(cluster?.Metadata))
        {
            return transformer;
        }

        var context = _provider.TakeContext(route);
        var application = new FastCgiApplication(SettingsResolver.ResolveApplication(cluster?.Metadata, route.Metadata), _timeProvider);
        return new FastCgiTransformer(transformer, application, context is not null && IsTrivial(context));
    }

    private static bool IsTrivial(TransformBuilderContext context)
    {
        foreach (var transform in context.RequestTransforms)
        {
            if (!ReferenceEquals(transform, RequestHeaderOriginalHostTransform.OriginalHost))
            {
                return false;
            }
        }

        return context.ResponseTransforms.Count == 0
            && context.ResponseTrailersTransforms.Count == 0
            && context.CopyRequestHeaders.GetValueOrDefault(true)
            && context.CopyResponseHeaders.GetValueOrDefault(true)
            && context.CopyResponseTrailers.GetValueOrDefault(true);
    }
}
