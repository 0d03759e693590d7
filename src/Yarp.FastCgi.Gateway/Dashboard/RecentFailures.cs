using System.Diagnostics;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>Keeps the last failures, for who comes to look behind them. Requests that succeed cost nothing but the look whether they did.</summary>
internal sealed class RecentFailures(TimeProvider timeProvider)
{
    public const int Limit = 50;

    private const int MaxTextLength = 300;

    private readonly Lock _lock = new();
    private readonly Queue<Failure> _failures = new();

    /// <summary>Stands in front of everything that forwards.</summary>
    public void Use(WebApplication app) => app.Use(InvokeAsync);

    /// <summary>Latest first.</summary>
    public IReadOnlyList<Failure> Get()
    {
        lock (_lock)
        {
            return [.. _failures.Reverse()];
        }
    }

    private async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        await next(context).ConfigureAwait(false);
        if (context.Features.Get<IForwarderErrorFeature>() is { } error)
        {
            if (!context.RequestAborted.IsCancellationRequested || context.Response.StatusCode != StatusCodes.Status499ClientClosedRequest)
            {
                Add(context, error.Exception is FastCgiException known ? ErrorTypes.Get(known.Error) : error.Error.ToString(), error.Exception?.Message ?? "");
            }
        }
        else if (context.Response.StatusCode >= StatusCodes.Status500InternalServerError)
        {
            Add(context, "application", "The application answered so.");
        }
    }

    private void Add(HttpContext context, string error, string message)
    {
        var proxy = context.Features.Get<IReverseProxyFeature>();
        var failure = new Failure(
            timeProvider.GetUtcNow(),
            Cut(context.Request.Method),
            Cut(context.Request.Path.Value ?? "/"),
            context.Response.StatusCode,
            error,
            Cut(message),
            Activity.Current?.TraceId.ToHexString(),
            proxy?.Route.Config.RouteId,
            proxy?.Cluster.Config.ClusterId,
            proxy?.ProxiedDestination?.DestinationId);
        lock (_lock)
        {
            if (_failures.Count == Limit)
            {
                _failures.Dequeue();
            }

            _failures.Enqueue(failure);
        }
    }

    private static string Cut(string text) => text.Length <= MaxTextLength ? text : string.Concat(text.AsSpan(0, MaxTextLength), "…");
}
