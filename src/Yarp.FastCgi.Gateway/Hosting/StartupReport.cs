using System.Reflection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.FastCgi.Gateway.Demo;
using Yarp.FastCgi.Gateway.Management;
using Yarp.FastCgi.Gateway.Tls;
using Yarp.ReverseProxy;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>What a started gateway tells: where it listens, what it serves, which application answers, and what to do next.</summary>
internal static class StartupReport
{
    public static void Write(TextWriter output, WebApplication app, GatewayOptions options, IReadOnlyList<string> notes)
    {
        var version = typeof(StartupReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0];
        var (serves, next) = Mode(app, options);
        output.WriteLine($"Yarp.FastCgi gateway {version}");
        output.WriteLine($"  listens on   {string.Join(", ", Listening(app))}");
        output.WriteLine($"  serves       {serves}");
        output.WriteLine($"  application  {string.Join(", ", Applications(app))}");
        if (app.Services.GetService<ManagementServer>() is { } management)
        {
            output.WriteLine($"  management   {string.Join(", ", management.Urls)}");
        }

        foreach (var note in notes)
        {
            output.WriteLine($"  note         {note}");
        }

        output.WriteLine($"  next step    {next}");
        output.WriteLine("Press Ctrl+C to stop.");
    }

    private static (string Serves, string Next) Mode(WebApplication app, GatewayOptions options)
    {
        var open = $"open {app.Urls.FirstOrDefault()}";
        return options switch
        {
            { Root: { } root } => ($"{root}: static files, and scripts through the application", open),
            { IsSingleSite: true } => ("every path through the application", open),
            { ConfigFile: { } file } => ($"the routes of {file}", "change the file: it is read again"),
            _ when app.Services.GetService<DemoApplication>() is not null =>
                ("a demo application inside the gateway", $"{open}, then serve your own: --root DIR --app unix:/run/php/php-fpm.sock (see --help)"),
            _ => ("the routes of appsettings.json", "change the file: it is read again"),
        };
    }

    private static IEnumerable<string> Listening(WebApplication app)
    {
        // Addresses are bound in the order in which they were given; those of the configuration speak what it says.
        var addresses = app.Services.GetRequiredService<GatewaySettings>().Addresses;
        return app.Urls.Select((url, i) => addresses.Count != app.Urls.Count ? url : addresses[i].Protocols switch
        {
            HttpProtocols.Http1 => $"{url} (HTTP/1.1)",
            HttpProtocols.Http2 => $"{url} (HTTP/2 by prior knowledge)",
            _ => $"{url} ({(QuicSupport.IsThere ? "HTTP/1.1, HTTP/2 and HTTP/3" : "HTTP/1.1 and HTTP/2")})",
        });
    }

    private static IEnumerable<string> Applications(WebApplication app)
        => app.Services.GetRequiredService<IProxyStateLookup>().GetClusters()
            .SelectMany(cluster => cluster.Destinations.Values)
            .Select(destination => destination.Model.Config.Address)
            .Distinct()
            .DefaultIfEmpty("none");
}
