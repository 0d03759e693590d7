using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Forwarder;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>
/// The CLIENT span of one attempt to have a request answered, by OpenTelemetry's semantic conventions for HTTP; all of it is listed in
/// docs/observability.md. Spans that are not recorded, and those that nobody listens to, cost nothing.
/// </summary>
internal static class AttemptActivity
{
    private const string UnknownMethod = "_OTHER";

    // A span is no log: an application that complains without end fills the log only.
    private const int MaxStderrEvents = 8;

    private static readonly ActivitySource Source = new("Yarp.FastCgi");

    public static bool HasListeners => Source.HasListeners();

    /// <param name="method">The request's method.</param>
    /// <param name="site">Where the request goes.</param>
    /// <param name="scriptName">The script; null when there is none.</param>
    /// <param name="resends">How often the request was sent before.</param>
    /// <returns>Null when nobody listens.</returns>
    public static Activity? Start(string method, RequestSite site, string? scriptName, int resends)
    {
        if (!Source.HasListeners() || Source.StartActivity(GetName(method), ActivityKind.Client) is not { } activity)
        {
            return null;
        }

        if (!activity.IsAllDataRequested)
        {
            return activity;
        }

        activity.SetTag("http.request.method", GetKnownMethod(method));
        activity.SetTag("network.protocol.name", "fastcgi");
        var endpoint = site.Endpoint!;
        activity.SetTag("network.transport", endpoint.IsUnix ? "unix" : "tcp");
        activity.SetTag("server.address", endpoint.IsUnix ? endpoint.UnixPath : endpoint.Host);
        if (!endpoint.IsUnix)
        {
            activity.SetTag("server.port", endpoint.Port);
        }

        if (!IsKnown(method))
        {
            activity.SetTag("http.request.method_original", method);
        }

        if (resends > 0)
        {
            activity.SetTag("http.request.resend_count", resends);
        }

        activity.SetTag("fastcgi.role", site.IsAuthorizer ? "authorizer" : "responder");
        SetTag(activity, "fastcgi.script_name", scriptName);
        SetTag(activity, "fastcgi.route.id", site.RouteId);
        SetTag(activity, "fastcgi.cluster.id", site.ClusterId);
        SetTag(activity, "fastcgi.destination.id", site.DestinationId);
        return activity;
    }

    /// <summary>All connections are in use: the request waits for its turn.</summary>
    public static void OnQueued(Activity? activity) => AddEvent(activity, "fastcgi.queued");

    public static void OnConnected(Activity? activity, bool isReused)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("fastcgi.connection.reused", isReused);
            AddEvent(activity, "fastcgi.connected");
        }
    }

    public static void OnHeadReceived(Activity? activity) => AddEvent(activity, "fastcgi.head_received");

    /// <param name="activity">The span.</param>
    /// <param name="line">What the application wrote.</param>
    /// <param name="count">Lines before this one.</param>
    public static void OnStderr(Activity? activity, string line, int count)
    {
        if (count < MaxStderrEvents && activity is { IsAllDataRequested: true })
        {
            activity.AddEvent(new ActivityEvent("fastcgi.stderr", tags: new ActivityTagsCollection { ["fastcgi.stderr.line"] = line }));
        }
    }

    public static void OnClientGone(Activity? activity) => AddEvent(activity, "fastcgi.client_gone");

    /// <param name="activity">The span of the attempt that another one follows.</param>
    /// <param name="cause">A word of the option Retries:On, or status.</param>
    public static void OnRetry(Activity? activity, string cause)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.AddEvent(new ActivityEvent("fastcgi.retry", tags: new ActivityTagsCollection { ["fastcgi.retry.cause"] = cause }));
        }
    }

    public static void SetAppStatus(Activity? activity, uint appStatus) => activity?.SetTag("fastcgi.app_status", (long)appStatus);

    public static void SetStatusCode(Activity? activity, int statusCode)
    {
        if (activity is not { IsAllDataRequested: true })
        {
            return;
        }

        activity.SetTag("http.response.status_code", statusCode);
        if (statusCode >= StatusCodes.Status400BadRequest)
        {
            activity.SetTag("error.type", statusCode.ToString(CultureInfo.InvariantCulture));
            activity.SetStatus(ActivityStatusCode.Error);
        }
    }

    public static void SetFailure(Activity? activity, string errorType, string message)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.SetTag("error.type", errorType);
            activity.SetStatus(ActivityStatusCode.Error, message);
        }
    }

    /// <summary>The method where anybody may name one: a client must not make up attributes of telemetry without end.</summary>
    public static string GetKnownMethod(string method) => IsKnown(method) ? method : UnknownMethod;

    private static void AddEvent(Activity? activity, string name)
    {
        if (activity is { IsAllDataRequested: true })
        {
            activity.AddEvent(new ActivityEvent(name));
        }
    }

    private static void SetTag(Activity activity, string name, string? value)
    {
        if (value is not null)
        {
            activity.SetTag(name, value);
        }
    }

    private static string GetName(string method) => IsKnown(method) ? method : "HTTP";

    private static bool IsKnown(string method)
        => HttpMethods.IsGet(method) || HttpMethods.IsPost(method) || HttpMethods.IsHead(method) || HttpMethods.IsPut(method)
            || HttpMethods.IsDelete(method) || HttpMethods.IsOptions(method) || HttpMethods.IsPatch(method) || HttpMethods.IsTrace(method)
            || HttpMethods.IsConnect(method);
}
