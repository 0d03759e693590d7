using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Yarp.FastCgi;
using Yarp.ReverseProxy.Configuration;

// mode: library | direct | http; port; address of the application; on | off (keep-alive); most connections to the application; root
if (args is not [var mode, var port, var address, var keepAlive, var maxConnections, var root])
{
    Console.Error.WriteLine("usage: Yarp.FastCgi.Bench.Host library|direct|http <port> <address> on|off <max connections> <root>");
    return 2;
}

var builder = WebApplication.CreateSlimBuilder();
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
var options = new FastCgiClusterOptions
{
    CheckFile = FastCgiCheckFile.Off,
    DocumentRoot = root,
    MaxConnections = int.Parse(maxConnections, CultureInfo.InvariantCulture),
    QueueLimit = 10_000,
    KeepAlive = keepAlive == "on",
};
if (mode == "direct")
{
    builder.Services.AddFastCgiForwarder();
    builder.Services.Configure<SocketTransportOptions>(sockets => sockets.UnsafePreferInlineScheduling = true);
}
else
{
    var cluster = new ClusterConfig { ClusterId = "app", Destinations = new Dictionary<string, DestinationConfig> { ["a"] = new() { Address = address } } };
    var route = new RouteConfig { RouteId = "app", ClusterId = "app", Match = new RouteMatch { Path = "{**path}" } };
    var proxy = builder.Services.AddReverseProxy();
    if (mode == "library")
    {
        proxy.LoadFromMemory([route.WithFastCgi(new FastCgiRouteOptions())], [cluster.WithFastCgi(options)]).AddFastCgi();
    }
    else
    {
        proxy.LoadFromMemory([route], [cluster]);
    }
}

var app = builder.Build();
if (mode == "direct")
{
    app.MapFastCgi("{**path}", address, options);
}
else
{
    app.MapReverseProxy();
}

await app.RunAsync();
return 0;
