using System.Globalization;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Security;

/// <summary>A site with a few files and a scripted application: what does an attacker's request reach?</summary>
internal sealed class GuardedSite : IAsyncDisposable
{
    private readonly TempDirectory _directory;
    private readonly ScriptedResponder _responder;

    private GuardedSite(TempDirectory directory, ScriptedResponder responder, TestProxy proxy, string root)
    {
        _directory = directory;
        _responder = responder;
        Proxy = proxy;
        Root = root;
    }

    public TestProxy Proxy { get; }

    /// <summary>DOCUMENT_ROOT.</summary>
    public string Root { get; }

    public IReadOnlyList<ReceivedRequest> Requests => _responder.Requests;

    /// <param name="lookup">How scripts are found.</param>
    /// <param name="files">Files below the root.</param>
    /// <param name="fastCgi">Further members of the route's FastCgi object.</param>
    /// <param name="route">Further members of the route.</param>
    /// <param name="options">What else the proxy has.</param>
    public static async Task<GuardedSite> StartAsync(ScriptLookup lookup, string[]? files = null, string fastCgi = "", string route = "", TestProxyOptions? options = null)
    {
        var directory = new TempDirectory();
        var responder = ScriptedResponder.Start(_ => Reply.Text("answer of the application"));
        try
        {
            directory.CreateDirectory("root");
            foreach (var file in files ?? [])
            {
                directory.WriteFile("root/" + file, "");
            }

            var root = lookup == ScriptLookup.Text ? "/root/of/another/machine" : directory.Combine("root");
            var members = lookup == ScriptLookup.Tree ? """ "CheckFile": "off" """ : $""" "DocumentRoot": "{root}" """;
            var json = new ProxyJson(responder.Address) { FastCgi = fastCgi.Length == 0 ? members : members + "," + fastCgi, Route = route };
            var proxy = await TestProxy.StartAsync((options ?? new TestProxyOptions()) with { Json = json.ToString() });
            return new GuardedSite(directory, responder, proxy, root);
        }
        catch
        {
            await responder.DisposeAsync();
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request line and header fields as they stand.</summary>
    /// <returns>The status, and what the application got of it.</returns>
    public async Task<(int Status, ReceivedRequest? Request)> AttackAsync(string head)
    {
        var before = _responder.Requests.Count;
        using var client = await Proxy.ConnectAsync();
        await client.SendAsync(head + "\r\nConnection: close\r\n\r\n");
        var (text, _) = await client.ReadToEndAsync();
        return (int.Parse(text.Split(' ')[1], CultureInfo.InvariantCulture), _responder.Requests.Skip(before).SingleOrDefault());
    }

    /// <summary>The same with nothing unusual but the target.</summary>
    public Task<(int Status, ReceivedRequest? Request)> AttackTargetAsync(string target) => AttackAsync($"GET {target} HTTP/1.1\r\nHost: localhost");

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await _responder.DisposeAsync();
        _directory.Dispose();
    }
}
