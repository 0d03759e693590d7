using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>What the forwarder reported of each request to YARP's middleware: passive health lives on it.</summary>
internal sealed class ReportedErrors
{
    private readonly ConcurrentQueue<IForwarderErrorFeature?> _features = new();
    private readonly StateSignal _signal = new();

    /// <summary>Middleware for <see cref="TestProxyOptions.Pipeline"/>.</summary>
    public void Listen(IReverseProxyApplicationBuilder pipeline) => pipeline.Use(async (context, next) =>
    {
        try
        {
            await next(context);
        }
        finally
        {
            _features.Enqueue(context.Features.Get<IForwarderErrorFeature>());
            _signal.Pulse();
        }
    });

    /// <summary>The error of the request that ended as number <paramref name="count"/>; null when it was forwarded well.</summary>
    public async Task<ForwarderError?> WaitForAsync(int count = 1)
    {
        await _signal.WaitAsync(() => _features.Count >= count, () => $"request {count} to end in the proxy");
        return _features.ElementAt(count - 1)?.Error;
    }
}
