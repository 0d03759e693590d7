using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Gateway.Caching;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>Stands in front of everything that answers, and leaves a line about each request when it is over.</summary>
internal sealed class AccessLogMiddleware(AccessLogWriter writer, TimeProvider timeProvider)
{
    public static void Add(IServiceCollection services, AccessLogOptions options)
    {
        if (!options.IsOn)
        {
            return;
        }

        services.AddSingleton(options);
        services.AddSingleton<AccessLogMetrics>();
        services.AddSingleton<AccessLogWriter>();
        services.AddHostedService(static provider => provider.GetRequiredService<AccessLogWriter>());
        services.AddHostedService<ReopenSignal>();
        services.AddSingleton<AccessLogMiddleware>();
    }

    public static void Use(WebApplication app)
    {
        if (app.Services.GetService<AccessLogMiddleware>() is { } log)
        {
            app.Use(log.InvokeAsync);
        }
    }

    private async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var time = timeProvider.GetUtcNow();
        var started = timeProvider.GetTimestamp();
        var record = new ForwardRecord();
        var features = context.Features;
        var serverBody = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var body = new CountedResponseBody(serverBody);
        features.Set(record);
        features.Set<IHttpResponseBodyFeature>(body);
        var hasThrown = true;
        try
        {
            await next(context).ConfigureAwait(false);
            hasThrown = false;
        }
        finally
        {
            features.Set(serverBody);
            writer.Add(Describe(context, time, timeProvider.GetElapsedTime(started), record, body.Count, hasThrown));
        }
    }

    private AccessLogEntry Describe(HttpContext context, DateTimeOffset time, TimeSpan total, ForwardRecord record, long bytes, bool hasThrown)
    {
        var (request, response) = (context.Request, context.Response);
        var proxy = context.Features.Get<IReverseProxyFeature>();
        var status = hasThrown && !response.HasStarted ? StatusCodes.Status500InternalServerError : response.StatusCode;
        return new AccessLogEntry
        {
            Time = time,
            Client = context.Connection.RemoteIpAddress,
            User = context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name } ? name : null,
            Method = request.Method,
            Scheme = request.Scheme,
            Host = request.Host.Value ?? "",
            Target = context.Features.Get<IHttpRequestFeature>()?.RawTarget is { Length: > 0 } target ? target : request.Path + request.QueryString.Value,
            Protocol = request.Protocol,
            StatusCode = status,
            RequestBytes = request.ContentLength,
            ResponseBytes = HttpMethods.IsHead(request.Method) ? 0 : bytes,
            Total = total,
            Referer = First(request, HeaderNames.Referer),
            UserAgent = First(request, HeaderNames.UserAgent),
            RequestHeaders = writer.Options.RequestHeaders is { Count: > 0 } names ? [.. names.Select(name => First(request, name))] : [],
            TraceId = Activity.Current?.TraceId.ToHexString(),
            Cache = context.Features.Get<CacheStatus>()?.Word,
            RouteId = proxy?.Route.Config.RouteId,
            ClusterId = proxy?.Cluster.Config.ClusterId,
            DestinationId = proxy?.ProxiedDestination?.DestinationId,
            Upstream = record.Endpoint?.ToString() ?? proxy?.ProxiedDestination?.Model.Config.Address,
            Forwarding = record,
            Termination = Termination.Of(context, record, hasThrown),
            Phase = record.Phase,
        };
    }

    private static string? First(HttpRequest request, string name) => request.Headers.TryGetValue(name, out var values) && values.Count > 0 ? values.ToString() : null;
}
