using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Cgi;

/// <summary>One param of the configuration. A value without placeholders is encoded once, with them for each request.</summary>
internal sealed class UserParam
{
    private readonly (ParamSource Source, string Name, byte[] Literal)[] _parts;

    public UserParam(string name, ParamTemplate template)
    {
        Name = Encoding.UTF8.GetBytes(name);
        Constant = template.Parts switch
        {
            [] => [],
            [{ Source: ParamSource.Literal, Text: var text }] => Encoding.UTF8.GetBytes(text),
            _ => null,
        };
        _parts = [.. template.Parts.Select(static part => (
            part.Source,
            part.Text,
            part.Source == ParamSource.Literal ? Encoding.UTF8.GetBytes(part.Text) : []))];
    }

    public byte[] Name { get; }

    /// <summary>The value when it has no placeholders.</summary>
    public byte[]? Constant { get; }

    /// <summary>Writes the value for one request. A placeholder for what the request does not have gives nothing.</summary>
    /// <param name="output">Where the bytes go.</param>
    /// <param name="context">The client's request; null when there is no client.</param>
    /// <param name="headerEncoding">How header values become bytes.</param>
    public void Expand(IBufferWriter<byte> output, HttpContext? context, RequestHeaderEncoding headerEncoding)
    {
        foreach (var (source, name, literal) in _parts)
        {
            if (source == ParamSource.Literal)
            {
                output.Write(literal);
            }
            else if (context is not null)
            {
                var value = Find(context, source, name);
                var encoding = source switch
                {
                    ParamSource.Header => headerEncoding.For(name, value),
                    ParamSource.AuthorizerVariable => Encoding.Latin1,
                    _ => Encoding.UTF8,
                };
                encoding.GetBytes(value, output);
            }
        }
    }

    private static string? Find(HttpContext context, ParamSource source, string name)
    {
        var connection = context.Connection;
        return source switch
        {
            ParamSource.RouteValue => Convert.ToString(context.Request.RouteValues[name], CultureInfo.InvariantCulture),
            ParamSource.Header => CgiParamsWriter.Join(name, context.Request.Headers[name]),
            ParamSource.AuthorizerVariable => context.Features.Get<IFastCgiAuthorizerFeature>()?.Variables.GetValueOrDefault(name),
            ParamSource.ConnectionId => connection.Id,
            ParamSource.RemoteAddress => Format(connection.RemoteIpAddress),
            ParamSource.RemotePort => Format(connection.RemotePort),
            ParamSource.LocalAddress => Format(connection.LocalIpAddress),
            _ => Format(connection.LocalPort),
        };
    }

    private static string? Format(IPAddress? address)
        => address is { IsIPv4MappedToIPv6: true } ? address.MapToIPv4().ToString() : address?.ToString();

    private static string? Format(int port) => port > 0 ? port.ToString(CultureInfo.InvariantCulture) : null;
}
