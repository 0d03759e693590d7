using Yarp.FastCgi.FunctionalTests.Infrastructure;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>The two ways through the forwarder.</summary>
public enum ForwardingPath
{
    /// <summary>Straight between HttpContext and connection.</summary>
    Direct,

    /// <summary>Through request and response messages, because the route has transforms that matter.</summary>
    Messages,
}

internal static class ForwardingPathExtensions
{
    /// <summary>A field that no response on the direct path has, and every one on the other, failures included.</summary>
    public const string MarkerName = "X-Marker";

    private const string Marker = $$""" "Transforms": [ { "ResponseHeader": "{{MarkerName}}", "Set": "1", "When": "Always" } ] """;

    public static ProxyJson On(this ProxyJson json, ForwardingPath path) => path == ForwardingPath.Direct ? json : json with
    {
        Route = json.Route.Length == 0 ? Marker : json.Route + "," + Marker,
    };
}
