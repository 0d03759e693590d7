using System.Security.Cryptography;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Forwarding;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Upgrade;

/// <summary>What scripted applications that speak WebSocket have in common.</summary>
internal static class UpgradeScripts
{
    public const string Option = """ "CheckFile": "Off", "Upgrade": true """;

    /// <summary>A proxy for these applications.</summary>
    public static TestProxyOptions Options(ScriptedResponder responder, ReportedErrors errors, ForwardingPath path = ForwardingPath.Direct, string cluster = "", string connections = "") => new()
    {
        Json = new ProxyJson(responder.Address) { FastCgi = Option, Cluster = cluster, ClusterFastCgi = connections }.On(path).ToString(),
        Pipeline = errors.Listen,
    };

    /// <summary>Reads a request and agrees to its upgrade.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="first">What follows the head at once.</param>
    public static async Task<ReceivedRequest> AcceptUpgradeAsync(this ScriptedConnection connection, string first = "")
    {
        var request = await connection.ReadHeadAsync();
        await connection.SendStdoutAsync(Agreement(request) + "\r\n" + first);
        return request;
    }

    /// <summary>The head of an application that agrees, without its blank line.</summary>
    public static string Agreement(ReceivedRequest request) =>
        $"Status: 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {Accept(request["HTTP_SEC_WEBSOCKET_KEY"] ?? "")}\r\n";

    /// <summary>RFC 6455, section 4.2.2.</summary>
    public static string Accept(string key) =>
        Convert.ToBase64String(CryptographicOperations.HashData(HashAlgorithmName.SHA1, Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));

    /// <summary>Sends every piece of STDIN back, until it ends.</summary>
    public static async Task EchoAsync(this ScriptedConnection connection)
    {
        while (await connection.ReadStdinAsync() is { IsEmpty: false } piece)
        {
            await connection.SendStdoutAsync(piece);
        }
    }

    /// <summary>Waits for the other side to close, however it does, whatever it sent before.</summary>
    public static async Task ReadUntilClosedAsync(this ScriptedConnection connection)
    {
        try
        {
            while (await connection.ReadRecordAsync() is not null)
            {
            }
        }
        catch (PeerClosedException)
        {
            // Inside a record, or by a reset.
        }
    }
}
