using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Infrastructure;

/// <summary>One GET of a raw client through the proxy to a scripted application.</summary>
internal sealed record Exchange(string Text, PeerClose Close, CapturedLogs Logs)
{
    public string StatusLine => Text.Split("\r\n")[0];

    public int Status => Text.Length == 0 ? 0 : int.Parse(Text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);

    public string Head => Text.Split("\r\n\r\n")[0];

    /// <summary>The body as it stood on the wire, chunk sizes included.</summary>
    public string Body => Text[(Text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];

    /// <summary>The application sends <paramref name="response"/> as it is and leaves the closing to the other side.</summary>
    public static Task<Exchange> RunAsync(byte[] response, string method = "GET", ProxyJson? json = null) => RunAsync(
        async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendRawAsync(response);
            await connection.WaitForPeerCloseAsync();
        },
        method,
        json);

    public static async Task<Exchange> RunAsync(Func<ScriptedConnection, Task> script, string method = "GET", ProxyJson? json = null, ResponderSocket socket = ResponderSocket.Unix)
    {
        await using var responder = ScriptedResponder.Start(script, socket);
        await using var proxy = await TestProxy.StartAsync(json is null ? new ProxyJson(responder.Address) : json.At(responder.Address));
        using var client = await proxy.ConnectAsync();
        await client.SendAsync($"{method} /page HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        var (text, close) = await client.ReadToEndAsync();
        await responder.WaitForConnectionClosedAsync();
        return new Exchange(text, close, proxy.Logs);
    }
}
