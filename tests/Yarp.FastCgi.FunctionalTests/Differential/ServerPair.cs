using Microsoft.AspNetCore.Server.Kestrel.Core;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>One scripted application behind nginx and behind us, with one document root; behind us once without and once with transforms.</summary>
internal sealed class ServerPair : IAsyncDisposable
{
    private readonly TempDirectory _root = new();
    private readonly ScriptedResponder _responder;
    private Nginx? _nginx;
    private TestProxy? _proxy;
    private TestProxy? _transforming;

    private ServerPair(Func<ScriptedConnection, Task> script) => _responder = ScriptedResponder.Start(script);

    public ScriptedResponder Responder => _responder;

    public string Root => _root.Path;

    public Nginx Nginx => _nginx!;

    /// <summary>On the direct way from the client to the connection.</summary>
    public TestProxy Proxy => _proxy!;

    /// <summary>On the way through request and response messages.</summary>
    public TestProxy Transforming => _transforming!;

    /// <param name="script">The application.</param>
    /// <param name="files">The files of the root, all empty.</param>
    /// <param name="nginxServer">Directives for nginx; <c>{application}</c> and <c>{root}</c> are where the application and the root are.</param>
    /// <param name="json">The same for us.</param>
    /// <param name="kestrel">Settings of our server.</param>
    public static async Task<ServerPair> StartAsync(
        Func<ScriptedConnection, Task> script, IEnumerable<string> files, string nginxServer, ProxyJson json, Action<KestrelServerOptions> kestrel)
    {
        var pair = new ServerPair(script);
        try
        {
            foreach (var file in files)
            {
                pair._root.WriteFile(file, "");
            }

            pair._nginx = await Nginx.StartAsync(pair.Complete(nginxServer));
            pair._proxy = await StartAsync(ForwardingPath.Direct);
            pair._transforming = await StartAsync(ForwardingPath.Messages);
            return pair;
        }
        catch
        {
            await pair.DisposeAsync();
            throw;
        }

        Task<TestProxy> StartAsync(ForwardingPath path) => TestProxy.StartAsync(new TestProxyOptions
        {
            Json = pair.Complete(json.At("{application}").On(path).ToString()),
            Kestrel = kestrel,
        });
    }

    public async ValueTask DisposeAsync()
    {
        await (_transforming?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_proxy?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_nginx?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _responder.DisposeAsync();
        _root.Dispose();
    }

    private string Complete(string configuration) => configuration
        .Replace("{application}", _responder.Address, StringComparison.Ordinal)
        .Replace("{root}", _root.Path, StringComparison.Ordinal);
}
