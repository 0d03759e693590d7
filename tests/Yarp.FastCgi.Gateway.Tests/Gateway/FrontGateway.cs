using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>A gateway in front of an application that answers with the params which tell of client and connection.</summary>
internal sealed class FrontGateway : IAsyncDisposable
{
    private readonly TempDirectory _directory;
    private readonly ScriptedResponder _application;
    private readonly WebApplication _app;

    private FrontGateway(TempDirectory directory, ScriptedResponder application, WebApplication app)
    {
        _directory = directory;
        _application = application;
        _app = app;
    }

    public CapturedLogs Logs { get; } = new();

    public IServiceProvider Services => _app.Services;

    public IReadOnlyList<string> Urls => [.. _app.Urls];

    public IPEndPoint EndPoint => EndPointOf(_app.Urls.First());

    public string ConfigurationFile => _directory.Combine("gateway.json");

    public static IPEndPoint EndPointOf(string url) => new(IPAddress.Loopback, new Uri(url).Port);

    /// <summary>Starts with a section <c>Gateway</c>, options of the only route (each with a comma behind it), and further sections (the same); where one has Kestrel's endpoints, those are listened on.</summary>
    public static async Task<FrontGateway> StartAsync(string gateway, string route = "", string sections = "", params string[] listen)
    {
        var directory = new TempDirectory();
        var application = ScriptedResponder.Start(Answer);
        var file = directory.WriteFile("gateway.json", Configuration(application.Address, gateway, route, sections));
        ListenAddress[] addresses = [.. (listen.Length > 0 || sections.Contains("Endpoints", StringComparison.Ordinal) ? listen : ["http://127.0.0.1:0"]).Select(ListenAddress.Parse)];
        WebApplication? app = null;
        try
        {
            app = GatewayApplication.Build(new GatewayOptions { ConfigFile = file, Listen = addresses });
            var running = new FrontGateway(directory, application, app);
            app.Services.GetRequiredService<ILoggerFactory>().AddProvider(running.Logs);
            await app.StartAsync().WithinAsync("the gateway to start");
            return running;
        }
        catch
        {
            await (app?.DisposeAsync() ?? ValueTask.CompletedTask);
            await application.DisposeAsync();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>As editors do it: nobody sees a file that is half written.</summary>
    public void ChangeConfiguration(string gateway, string route = "", string sections = "")
    {
        File.WriteAllText(ConfigurationFile + ".new", Configuration(_application.Address, gateway, route, sections));
        File.Move(ConfigurationFile + ".new", ConfigurationFile, overwrite: true);
    }

    /// <summary>What comes back on a connection of its own until the gateway closes it.</summary>
    public async Task<string> SendAsync(string text) => await SendAsync(Encoding.Latin1.GetBytes(text));

    /// <inheritdoc cref="SendAsync(string)"/>
    public async Task<string> SendAsync(byte[] bytes)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(EndPoint);
        await socket.SendAsync(bytes);
        return await ReadToEndAsync(socket);
    }

    public static async Task<string> ReadToEndAsync(Socket socket)
    {
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.Latin1);
        try
        {
            return await reader.ReadToEndAsync().WithinAsync("the gateway to close the connection");
        }
        catch (IOException)
        {
            return "";
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().WithinAsync("the gateway to stop");
        await _app.DisposeAsync();
        await _application.DisposeAsync();
        _directory.Dispose();
    }

    // With its length: whoever reads on behind it must not meet the end of a chunked body.
    private static Reply Answer(ReceivedRequest request)
    {
        var text = $"{request["REMOTE_ADDR"]}:{request["REMOTE_PORT"]} {request["SERVER_NAME"]}:{request["SERVER_PORT"]} https={request["HTTPS"]} {request["SCRIPT_NAME"]}{request["PATH_INFO"]}";
        return Reply.Text(text).WithHeader("Content-Length", text.Length.ToString(CultureInfo.InvariantCulture));
    }

    private static string Configuration(string address, string gateway, string route, string sections) =>
        $$"""
        {
          {{sections}}
          "Gateway": {{gateway}},
          "ReverseProxy": {
            "Routes": { "app": { {{route}} "ClusterId": "app", "Match": { "Path": "/{**path}" } } },
            "Clusters": {
              "app": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "off" }, "Destinations": { "a": { "Address": "{{address}}" } } }
            }
          }
        }
        """;
}
