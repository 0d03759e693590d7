using System.Net;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>A site of a few scripts, set up for nginx as its manuals have it for PHP, and for us by its root alone.</summary>
public sealed class RequestServers : IAsyncLifetime
{
    // REMOTE_USER is among the shipped params of Debian, but not of nginx's own packages.
    private const string NginxServer = """
        root {root};
        index index.php;
        location ~ [^/]\.php(/|$) {
            fastcgi_split_path_info ^(.+?\.php)(/.*)$;
            if (!-f $document_root$fastcgi_script_name) {
                return 404;
            }
            include fastcgi.conf;
            fastcgi_param PATH_INFO $fastcgi_path_info;
            fastcgi_param REMOTE_USER $remote_user;
            fastcgi_pass {application};
        }
        """;

    private static readonly string[] Files =
    [
        "app.php", "index.php", "sub/index.php", "UPPER.PHP", "caf\u00e9.php", "x.jpg", ".hidden.php", "directory.php/index.php", "app.php ", "app.php.", "app.php;a", "app.php#a",
    ];

    private ServerPair? _servers;

    internal Version NginxVersion => _servers!.Nginx.Version;

    public async Task InitializeAsync()
    {
        if (ExternalProgram.Find(ExternalProgram.Nginx) is not null)
        {
            _servers = await ServerPair.StartAsync(
                AnswerAsync,
                Files,
                NginxServer,
                new ProxyJson() { FastCgi = """ "DocumentRoot": "{root}" """ },
                kestrel => kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1);
        }
    }

    public async Task DisposeAsync() => await (_servers?.DisposeAsync() ?? ValueTask.CompletedTask);

    internal Task<Observation> ObserveOursAsync(RequestShape shape) => ObserveAsync(shape, _servers!.Proxy.EndPoint);

    internal Task<Observation> ObserveTransformingAsync(RequestShape shape) => ObserveAsync(shape, _servers!.Transforming.EndPoint);

    internal Task<Observation> ObserveNginxAsync(RequestShape shape) => ObserveAsync(shape, _servers!.Nginx.EndPoint);

    private async Task<Observation> ObserveAsync(RequestShape shape, IPEndPoint server)
    {
        var known = _servers!.Responder.Requests.Count;
        using var client = await RawHttpConnection.ConnectAsync(server);
        await client.SendAsync(shape.Bytes);
        var response = await RawHttpResponse.ReadAsync(client, shape.Method);
        return ObservedRequest.Of(response, _servers.Responder.Requests.Skip(known).SingleOrDefault(), server, client.LocalPort, _servers.Root);
    }

    private static async Task AnswerAsync(ScriptedConnection connection)
    {
        connection.AllowRepeatedParams = true;
        await connection.ReadRequestAsync();
        await connection.SendReplyAsync(Reply.Text("asked"));
        connection.ShutdownSend();
        await connection.WaitForPeerCloseAsync();
    }
}
