using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Retries;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.InMemory;

/// <summary>
/// An application with Kestrel on pipes, so that a request takes its whole way, from the bytes that Kestrel receives to the bytes that it sends, without a system
/// call on the client's side. It forwards every request as <c>MapFastCgi</c> does, or answers by itself: the difference is what forwarding costs.
/// </summary>
internal sealed class MemoryHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConnectionPool? _pool;

    private MemoryHost(WebApplication app, ConnectionPool? pool)
    {
        _app = app;
        _pool = pool;
    }

    /// <summary>Forwards every request.</summary>
    /// <param name="options">The application and its connections.</param>
    /// <param name="pool">The connections; disposed with the host.</param>
    public static Task<MemoryHost> StartForwardingAsync(FastCgiClusterOptions options, ConnectionPool pool)
    {
        var (settings, connections, retries) = SettingsResolver.Resolve(options);
        var application = new FastCgiApplication(settings, TimeProvider.System);
        var target = new ForwardingTarget(pool, connections, new RetryPolicy(retries));
        return StartAsync(pool, services =>
        {
            var forwarder = services.GetRequiredService<FastCgiForwarder>();
            return async context => await forwarder
                .ForwardAsync(context, target, application, ForwarderRequestConfig.Empty, transformer: null, CancellationToken.None)
                .ConfigureAwait(false);
        });
    }

    /// <summary>Answers every request by itself, with a text of the length.</summary>
    public static Task<MemoryHost> StartAnsweringAsync(int bodyLength)
    {
        var body = new byte[bodyLength];
        body.AsSpan().Fill((byte)'x');
        return StartAsync(pool: null, _ => async context =>
        {
            var input = context.Request.BodyReader;
            for (var isCompleted = context.Request.ContentLength is null; !isCompleted;)
            {
                var result = await input.ReadAsync().ConfigureAwait(false);
                isCompleted = result.IsCompleted;
                input.AdvanceTo(result.Buffer.End);
            }

            context.Response.ContentType = "text/plain";
            context.Response.ContentLength = body.Length;
            context.Response.BodyWriter.Write(body);
        });
    }

    public MemoryClient Connect() => _app.Services.GetServices<IConnectionListenerFactory>().OfType<MemoryTransport>().Single().Connect();

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        _pool?.Dispose();
    }

    private static async Task<MemoryHost> StartAsync(ConnectionPool? pool, Func<IServiceProvider, RequestDelegate> handler)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddFastCgiForwarder();
        builder.Services.AddSingleton<IConnectionListenerFactory, MemoryTransport>();
        builder.WebHost.UseUrls("http://127.0.0.1:80");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        app.Run(handler(app.Services));
        await app.StartAsync().ConfigureAwait(false);
        return new MemoryHost(app, pool);
    }
}
