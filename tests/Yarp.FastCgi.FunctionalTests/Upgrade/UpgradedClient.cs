using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Upgrade;

/// <summary>A client behind its upgrade, on either version of HTTP: raw bytes both ways.</summary>
internal sealed class UpgradedClient : IDisposable
{
    private readonly RawHttpConnection? _http1;
    private readonly RawHttp2Tunnel? _http2;

    private UpgradedClient(RawHttpConnection? http1, RawHttp2Tunnel? http2, string head)
    {
        _http1 = http1;
        _http2 = http2;
        Head = head;
    }

    /// <summary>The response head of HTTP/1.1.</summary>
    public string Head { get; }

    /// <summary>Asks for WebSocket and is granted it.</summary>
    public static async Task<UpgradedClient> ConnectAsync(TestProxy proxy, bool http2, string path = "/")
    {
        if (http2)
        {
            return new UpgradedClient(http1: null, await RawHttp2Tunnel.ConnectAsync(proxy.Http2EndPoint, "websocket", path), head: "");
        }

        var connection = await proxy.ConnectAsync();
        try
        {
            await connection.SendAsync($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
            var head = await connection.ReadHeadAsync();
            Assert.StartsWith("HTTP/1.1 101 ", head, StringComparison.Ordinal);
            return new UpgradedClient(connection, http2: null, head);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public Task SendAsync(ReadOnlyMemory<byte> bytes) => _http1?.SendAsync(bytes) ?? _http2!.SendAsync(bytes);

    public async Task<string> ReadAsync(int count) => Encoding.Latin1.GetString(await ReadExactlyAsync(count));

    public async Task<byte[]> ReadExactlyAsync(int count)
    {
        if (_http1 is not null)
        {
            return await _http1.ReadExactlyAsync(count);
        }

        var bytes = new byte[count];
        for (var filled = 0; filled < count;)
        {
            var read = await _http2!.ReadAsync(bytes.AsMemory(filled));
            filled += read > 0 ? read : throw new PeerClosedException($"Ended by the server after {filled} of {count} bytes.", PeerClose.Graceful);
        }

        return bytes;
    }

    /// <summary>Everything until the server ends its direction, and how it ended it.</summary>
    public async Task<(string Text, PeerClose Close)> ReadToEndAsync()
    {
        if (_http1 is not null)
        {
            return await _http1.ReadToEndAsync();
        }

        var text = new StringBuilder();
        var buffer = new byte[16 * 1024];
        try
        {
            while (await _http2!.ReadAsync(buffer) is > 0 and var read)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }

            return (text.ToString(), PeerClose.Graceful);
        }
        catch (PeerClosedException exception)
        {
            return (text.ToString(), exception.Close);
        }
    }

    /// <summary>Ends the client's direction: FIN, or END_STREAM.</summary>
    public async Task EndAsync()
    {
        _http1?.ShutdownSend();
        await (_http2?.EndAsync() ?? Task.CompletedTask);
    }

    /// <summary>RST, or RST_STREAM.</summary>
    public async Task ResetAsync()
    {
        _http1?.Reset();
        await (_http2?.ResetAsync() ?? Task.CompletedTask);
    }

    public void Dispose()
    {
        _http1?.Dispose();
        _http2?.Dispose();
    }
}
