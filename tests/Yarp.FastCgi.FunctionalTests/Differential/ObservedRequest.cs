using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>What the application learns of a request, or what the client hears when the application is not asked.</summary>
internal static class ObservedRequest
{
    /// <param name="response">What the client got.</param>
    /// <param name="request">What the application got; null when it was not asked.</param>
    /// <param name="server">Where the request was sent.</param>
    /// <param name="clientPort">Where it came from.</param>
    /// <param name="root">The document root, which has another name in each run.</param>
    public static Observation Of(RawHttpResponse response, ReceivedRequest? request, IPEndPoint server, int clientPort, string root)
    {
        if (request is null)
        {
            return new Observation(response.StatusLine.Length == 0 ? "closed" : $"{response.Status}");
        }

        var observation = new Observation("asked");
        if (request.StdinLength > 0)
        {
            observation["STDIN"] = $"{request.StdinLength} bytes, {Convert.ToHexString(SHA256.HashData(request.Stdin))[..8]}";
        }

        foreach (var param in request.Params)
        {
            observation[param.Name] = param.Name switch
            {
                // Each server has a port and a name of its own, each request a span, and each connection of the client a port as well.
                "SERVER_SOFTWARE" or "HTTP_TRACEPARENT" => "(its own)",
                "SERVER_PORT" when param.Latin1 == server.Port.ToString(CultureInfo.InvariantCulture) => "(its own)",
                "REMOTE_PORT" when param.Latin1 == clientPort.ToString(CultureInfo.InvariantCulture) => "(the client's)",
                _ when param.Latin1.Length > 200 => $"{param.Latin1.Length} characters",
                _ => $"'{param.Latin1.Replace(root, "{root}", StringComparison.Ordinal)}'",
            };
        }

        return observation;
    }
}
