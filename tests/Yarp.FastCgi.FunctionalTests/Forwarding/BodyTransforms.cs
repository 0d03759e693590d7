using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Transforms;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

internal static class BodyTransforms
{
    /// <summary>Takes the body as a stream and gives it back, as a transform that compresses or rewrites does.</summary>
    public static void Rewrap(IReverseProxyBuilder builder) => builder.AddTransforms(transforms => transforms.AddResponseTransform(async context =>
    {
        if (context.ProxyResponse is { } response)
        {
            var original = response.Content;
            var replaced = new StreamContent(await original.ReadAsStreamAsync());
            foreach (var (name, values) in original.Headers.NonValidated)
            {
                replaced.Headers.TryAddWithoutValidation(name, values);
            }

            response.Content = replaced;
        }
    }));
}
