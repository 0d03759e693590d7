using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Client;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>The CLIENT span of one attempt to have a request answered, by OpenTelemetry's semantic conventions for HTTP.</summary>
internal static class AttemptActivity
{
    private const string UnknownMethod = "_OTHER";

    private static readonly ActivitySource Source = new("Yarp.FastCgi");

    /// <param name="method">The request's method.</param>
    /// <param name="endpoint">The destination.</param>
    /// <param name="resends">How often the request was sent before.</param>
    /// <returns>Null when nobody listens.</returns>
    public static Activity? Start(string method, FastCgiEndpoint endpoint, int resends)
    {
        if (!Source.HasListeners() || Source.StartActivity(GetName(method), ActivityKind.Client) is not { } activity)
        {
            return null;
        }

        activity.SetTag("http.request.method", IsKnown(method) ? method : UnknownMethod);
        activity.SetTag("network.protocol.name", "fastcgi");
        activity.SetTag("server.address", endpoint.IsUnix ? endpoint.UnixPath : endpoint.Host);
        if (!endpoint.IsUnix)
        {
            activity.SetTag("server.port", endpoint.Port);
        }

        if (resends > 0)
        {
            activity.SetTag("http.request.resend_count", resends);
        }

        return activity;
    }

    public static void SetStatusCode(Activity? activity, int statusCode)
    {
        if (activity is null)
        {
            return;
        }

        activity.SetTag("http.response.status_code", statusCode);
        if (statusCode >= StatusCodes.Status400BadRequest)
        {
            activity.SetTag("error.type", statusCode.ToString(System.Globalization.CultureInfo.InvariantCulture));
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }

    public static void SetFailure(Activity? activity, string errorType, string message)
    {
        if (activity is not null)
        {
            activity.SetTag("error.type", errorType);
            activity.SetStatus(ActivityStatusCode.Error, message);
        }
    }

    private static string GetName(string method) => IsKnown(method) ? method : "HTTP";

    private static bool IsKnown(string method)
        => HttpMethods.IsGet(method) || HttpMethods.IsPost(method) || HttpMethods.IsHead(method) || HttpMethods.IsPut(method)
            || HttpMethods.IsDelete(method) || HttpMethods.IsOptions(method) || HttpMethods.IsPatch(method) || HttpMethods.IsTrace(method)
            || HttpMethods.IsConnect(method);
}
