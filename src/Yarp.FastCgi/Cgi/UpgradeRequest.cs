using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// A client's wish to go on with WebSocket: an upgrade of its HTTP/1.1 connection (RFC 6455, section 4.1), or an extended CONNECT on a
/// stream of HTTP/2 (RFC 8441). The application sees the same request either way.
/// </summary>
internal sealed class UpgradeRequest
{
    /// <summary>
    /// The one protocol that passes: behind an upgrade nothing of this server looks at what is said any more, so a client must not get
    /// another way to send requests out of it, such as h2c.
    /// </summary>
    public const string Protocol = "websocket";

    private const string UpgradeOption = "upgrade";

    // RFC 6455, section 1.3: what a server joins to the key.
    private static readonly byte[] KeySuffix = Encoding.ASCII.GetBytes("258EAFA5-E914-47DA-95CA-C5AB0DC85B11");

    private readonly string _connection;
    private readonly string _upgrade;
    private readonly string? _key;

    private UpgradeRequest(string connection, string upgrade, string? key)
    {
        _connection = connection;
        _upgrade = upgrade;
        _key = key;
    }

    /// <summary>Whether it is an extended CONNECT: the client has no key then, and any 2xx would tell it that the upgrade is done.</summary>
    public bool IsConnect => _key is not null;

    /// <summary>The wish of a request; null when it has none, or none that the application is to hear of.</summary>
    /// <exception cref="UpgradeRefusedException">The request is a CONNECT, which is nothing without the upgrade.</exception>
    public static UpgradeRequest? Read(HttpContext context, ApplicationSettings settings)
    {
        var request = context.Request;
        if (HttpMethods.IsConnect(request.Method))
        {
            CheckConnect(context.Features.Get<IHttpExtendedConnectFeature>(), settings);
            return new UpgradeRequest(UpgradeOption, Protocol, CreateKey());
        }

        if (!settings.Upgrade
            || !HttpMethods.IsGet(request.Method)
            || !HttpProtocol.IsHttp11(request.Protocol)
            || context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true })
        {
            return null;
        }

        return Find(request.Headers, HeaderNames.Connection, UpgradeOption) is { } connection && Find(request.Headers, HeaderNames.Upgrade, Protocol) is { } upgrade
            ? new UpgradeRequest(connection, upgrade, key: null)
            : null;
    }

    /// <summary>The params of the fields that otherwise stay at this server, and of those that an extended CONNECT does not have.</summary>
    public void WriteParams(CgiParamsWriter parameters)
    {
        parameters.Add("HTTP_CONNECTION"u8, _connection);
        parameters.Add("HTTP_UPGRADE"u8, _upgrade);
        if (_key is not null)
        {
            parameters.Add("HTTP_SEC_WEBSOCKET_KEY"u8, _key);
        }
    }

    /// <summary>Whether <see cref="WriteParams"/> writes the param that a header field of the client would become.</summary>
    public bool Replaces(ReadOnlySpan<byte> paramName) => _key is not null && paramName.SequenceEqual("HTTP_SEC_WEBSOCKET_KEY"u8);

    /// <summary>To a CONNECT any 2xx says that the client can speak WebSocket now (RFC 8441, section 4), which the application has not agreed to.</summary>
    /// <param name="statusCode">The status of a response that is none to the upgrade.</param>
    /// <exception cref="UpgradeRefusedException">The client would take it for one.</exception>
    public void ThrowIfTakenForAccepted(int statusCode)
    {
        if (IsConnect && statusCode is >= StatusCodes.Status200OK and < StatusCodes.Status300MultipleChoices)
        {
            throw new UpgradeRefusedException($"The client sent an extended CONNECT for '{Protocol}', which the application answered {statusCode} instead of 101.");
        }
    }

    /// <summary>
    /// Whether a Sec-WebSocket-Accept shows that the application means WebSocket (RFC 6455, section 4.2.2, which says SHA-1). The key of an
    /// HTTP/1.1 client is its own to check.
    /// </summary>
    public bool IsAnsweredBy(string? accept)
        => _key is null || accept == Convert.ToBase64String(CryptographicOperations.HashData(HashAlgorithmName.SHA1, [.. Encoding.ASCII.GetBytes(_key), .. KeySuffix]));

    private static void CheckConnect(IHttpExtendedConnectFeature? connect, ApplicationSettings settings)
    {
        if (connect is not { IsExtendedConnect: true, Protocol: { } protocol })
        {
            throw new UpgradeRefusedException("The client sent CONNECT as to a forward proxy, which is no request to an application.");
        }

        if (!Protocol.Equals(protocol, StringComparison.OrdinalIgnoreCase))
        {
            throw new UpgradeRefusedException($"The client sent an extended CONNECT for the protocol {ControlCharacters.Quote(protocol)}; only '{Protocol}' is passed on.");
        }

        if (!settings.Upgrade)
        {
            throw new UpgradeRefusedException(
                $"The client sent an extended CONNECT for '{Protocol}', and {nameof(FastCgiRouteOptions.Upgrade)} is off: set it to true if the application speaks that.");
        }
    }

    private static string? Find(IHeaderDictionary headers, string name, string token)
        => Array.Find(headers.GetCommaSeparatedValues(name), value => value.Equals(token, StringComparison.OrdinalIgnoreCase));

    private static string CreateKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
}
