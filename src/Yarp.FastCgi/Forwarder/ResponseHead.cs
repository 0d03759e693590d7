using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Forwarder;

/// <summary>What a final response head says apart from its fields.</summary>
internal readonly record struct ResponseHead(int StatusCode, string? ReasonPhrase, long? ContentLength, bool IsChunked, bool HasStatus, bool HasLocation)
{
    // An application that sends informational heads for ever must not keep the request for ever.
    private const int MaxInformationalHeads = 16;

    /// <summary>Whether a response of this status has no body, whatever the application sends.</summary>
    public bool IsBodiless => IsBodilessStatus(StatusCode);

    /// <summary>Statuses whose responses have no body (RFC 9110, sections 6.4.1 and 15.3.6).</summary>
    public static bool IsBodilessStatus(int statusCode)
        => statusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified;

    /// <summary>The same with another status, unless the application has given one.</summary>
    public ResponseHead OrStatus(int status) => HasStatus ? this : this with { StatusCode = status };

    /// <summary>Whether the application agrees to the upgrade that it was asked for.</summary>
    public bool IsUpgrade => StatusCode == StatusCodes.Status101SwitchingProtocols;

    /// <summary>Reads on until a final head: informational ones (1xx) are swallowed.</summary>
    /// <param name="exchange">The exchange, whose first head has been read.</param>
    /// <param name="acceptStatusLine">Whether a head may begin with a status line of HTTP.</param>
    /// <param name="mayUpgrade">Whether 101 is an answer to what the application was asked.</param>
    /// <exception cref="FastCgiException">The head is not valid, or the request failed.</exception>
    public static async ValueTask<ResponseHead> ReadFinalAsync(FastCgiExchange exchange, bool acceptStatusLine, bool mayUpgrade = false)
    {
        for (var informational = 0; informational <= MaxInformationalHeads; informational++)
        {
            var head = Read(exchange.Response, acceptStatusLine);
            if (head.StatusCode is not (>= 100 and < 200) || (head.IsUpgrade && mayUpgrade))
            {
                exchange.BeginBody();
                return head;
            }

            if (head.IsUpgrade)
            {
                throw Invalid("has status 101, but no upgrade was asked for");
            }

            await exchange.ReadNextHeadAsync().ConfigureAwait(false);
        }

        throw Invalid($"did not come after {MaxInformationalHeads} informational ones");
    }

    private static ResponseHead Read(ResponseReader response, bool acceptStatusLine)
    {
        var error = response.ValidateHead(acceptStatusLine, out var info);
        if (error != ResponseHeadError.None)
        {
            throw Invalid("is not valid: " + error.Describe());
        }

        if (info.StatusCode > 599)
        {
            throw Invalid($"has status {info.StatusCode}, which is none of HTTP's");
        }

        if (info.TransferCoding == TransferCoding.Unsupported)
        {
            throw Invalid("has another Transfer-Encoding than chunked");
        }

        return new ResponseHead(info.StatusCode, GetUnusualReason(info), info.ContentLength, info.TransferCoding == TransferCoding.Chunked, info.HasStatus, info.HasLocation);
    }

    // A phrase beyond ASCII, which servers have no way to send, gives way to the usual one.
    private static string? GetUnusualReason(in ResponseHeadInfo info)
        => info.ReasonPhrase.IsEmpty || !Ascii.IsValid(info.ReasonPhrase) || Ascii.Equals(info.ReasonPhrase, ReasonPhrases.GetReasonPhrase(info.StatusCode))
            ? null
            : Encoding.Latin1.GetString(info.ReasonPhrase);

    private static FastCgiException Invalid(string what)
        => new(FastCgiError.InvalidResponseHead, $"The application's response head {what}.");
}
