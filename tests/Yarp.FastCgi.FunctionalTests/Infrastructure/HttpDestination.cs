using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Infrastructure;

/// <summary>A plain HTTP server: the other kind of destination in the same proxy.</summary>
internal sealed class HttpDestination : IAsyncDisposable
{
    private readonly WebApplication _app;

    private HttpDestination(WebApplication app) => _app = app;

    public string Address => _app.Urls.Single();

    public static async Task<HttpDestination> StartAsync(RequestDelegate handler)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        app.Run(handler);
        await app.StartAsync();
        return new HttpDestination(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().WithinAsync("the HTTP destination to stop");
        await _app.DisposeAsync();
    }
}
