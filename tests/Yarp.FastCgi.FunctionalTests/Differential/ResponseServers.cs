using System.Net;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>An application that answers with the shape that the request asks for.</summary>
public sealed class ResponseServers : IAsyncLifetime
{
    private const string NextBody = "the next one";

    // The same limit as our MaxResponseHeadSize; and the head goes out without waiting for the body, for the sake of shapes in two parts.
    private const string NginxServer = """
        location / {
            include fastcgi.conf;
            fastcgi_pass {application};
            fastcgi_buffer_size 32k;
            fastcgi_buffers 8 32k;
            postpone_output 0;
        }
        """;

    private TaskCompletionSource _clientHasHead = new();
    private ServerPair? _servers;

    internal Version NginxVersion => _servers!.Nginx.Version;

    public async Task InitializeAsync()
    {
        if (ExternalProgram.Find(ExternalProgram.Nginx) is not null)
        {
            _servers = await ServerPair.StartAsync(
                AnswerAsync, files: [], NginxServer, new ProxyJson(), kestrel => kestrel.ResponseHeaderEncodingSelector = _ => Encoding.Latin1);
        }
    }

    public async Task DisposeAsync() => await (_servers?.DisposeAsync() ?? ValueTask.CompletedTask);

    internal Task<Observation> ObserveOursAsync(ResponseShape shape) => ObserveAsync(shape, _servers!.Proxy.EndPoint);

    internal Task<Observation> ObserveTransformingAsync(ResponseShape shape) => ObserveAsync(shape, _servers!.Transforming.EndPoint);

    internal Task<Observation> ObserveNginxAsync(ResponseShape shape) => ObserveAsync(shape, _servers!.Nginx.EndPoint);

    private async Task<Observation> ObserveAsync(ResponseShape shape, IPEndPoint server)
    {
        _clientHasHead = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var client = await RawHttpConnection.ConnectAsync(server);

        // Two requests at once: whatever the first leads to, the second one shows whether the connection is in step, and ends it.
        await client.SendAsync(
            $"{shape.Method} /shape HTTP/1.1\r\nHost: localhost\r\nX-Shape: {shape.Name}\r\n{shape.RequestFields}\r\n" +
            "GET /next HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var response = await RawHttpResponse.ReadAsync(client, shape.Method, () => _clientHasHead.TrySetResult());
        var next = response.IsComplete ? await RawHttpResponse.ReadAsync(client) : null;
        return ObservedResponse.Of(response, shape.Method, next, static next => next is { Status: 200, Text: NextBody });
    }

    private async Task AnswerAsync(ScriptedConnection connection)
    {
        connection.AllowRepeatedParams = true;
        var request = await connection.ReadRequestAsync();
        await (request["HTTP_X_SHAPE"] is { } name
            ? ResponseShapes.Get(name).Answer(connection, request, _clientHasHead.Task.WithinAsync("the client to have the response head"))
            : connection.SendReplyAsync(Reply.Text(NextBody)));

        // Without FCGI_KEEP_CONN the application closes, and nginx waits for it.
        connection.ShutdownSend();
        await connection.WaitForPeerCloseAsync();
    }
}
