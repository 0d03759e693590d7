using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// Writes the params of one request: the CGI/1.1 set (RFC 3875 section 4.1 and what servers add by custom), header fields, and the
/// configuration's own, each name once (E7). Names made from header fields all begin with HTTP_.
/// </summary>
internal readonly ref struct CgiParamsWriter
{
    private static readonly byte[] ServerSoftware = Encoding.ASCII.GetBytes("Yarp.FastCgi/" + GetVersion());

    private readonly RequestWriter _writer;
    private readonly FastCgiApplication _application;
    private readonly UserParams _userParams;
    private readonly AuthorizerVariables? _variables;
    private readonly RequestHeaderEncoding _headerEncoding;
    private readonly HttpContext? _context;
    private readonly UpgradeRequest? _upgrade;
    private readonly StringValues _nominated;
    private readonly string?[]? _seenHeaders;
    private readonly TraceFields? _traceFields;

    /// <param name="writer">Where the params go.</param>
    /// <param name="application">The application: its own params, and which header fields it gets.</param>
    /// <param name="headerEncoding">How header values become bytes.</param>
    /// <param name="context">The client's request: the fields that its Connection field names stay here. Null when there is no client.</param>
    /// <param name="upgrade">The upgrade that the client wishes for and the application is to hear of; null when there is none.</param>
    public CgiParamsWriter(RequestWriter writer, FastCgiApplication application, RequestHeaderEncoding headerEncoding, HttpContext? context, UpgradeRequest? upgrade = null)
    {
        _writer = writer;
        _application = application;
        _userParams = application.Params;
        _variables = context?.Features.Get<IFastCgiAuthorizerFeature>() as AuthorizerVariables;
        _headerEncoding = headerEncoding;
        _context = context;
        _upgrade = upgrade;
        _seenHeaders = application.Headers.CreateSeen();
        _traceFields = TraceFields.Replaced;
        var connection = context?.Request.Headers.Connection ?? default;
        _nominated = IsPlainConnection(connection) ? default : connection;
    }

    /// <summary>Everything but header fields.</summary>
    /// <exception cref="FastCgiException">ParamTooLong.</exception>
    public void WriteRequest(in CgiRequest request, in ScriptLocation script)
    {
        WriteMessage(request);
        WriteScript(request, script);
        if (request.ContentLength is { } length)
        {
            AddNumber("CONTENT_LENGTH"u8, length);
        }

        if (request.BodyFile is not null)
        {
            Add("REQUEST_BODY_FILE"u8, request.BodyFile);
        }

        _upgrade?.WriteParams(this);
        WriteConfigured();
    }

    /// <summary>
    /// Everything but header fields for an authorizer: without the body's length and the params that split the path (FastCGI 1.0, section 6.3).
    /// The decoded path is DOCUMENT_URI; SCRIPT_FILENAME is the authorizer's own script, if it is one.
    /// </summary>
    /// <exception cref="FastCgiException">ParamTooLong.</exception>
    public void WriteAuthorizerRequest(in CgiRequest request)
    {
        WriteMessage(request);
        Add("DOCUMENT_URI"u8, request.PathBase, request.Path);
        if (_application.Settings.DocumentRoot is { } root)
        {
            Add("DOCUMENT_ROOT"u8, root);
        }

        if (_application.Settings.ScriptFile is { } script)
        {
            Add("SCRIPT_FILENAME"u8, script);
        }

        WriteConfigured();
    }

    /// <summary>One header field; fields that are not for the application are passed over.</summary>
    /// <exception cref="FastCgiException">ParamTooLong.</exception>
    /// <exception cref="AmbiguousHeaderException">The application could not tell it from another field of the request.</exception>
    public void WriteHeader(string name, StringValues values)
    {
        if (GetParamName(name) is not { } paramName || IsNominated(name) || _upgrade?.Replaces(paramName) == true || _traceFields?.Contains(paramName) == true)
        {
            return;
        }

        AddHeaderValue(paramName, Join(name, values), name);
    }

    /// <summary>The header fields of a request that goes on as it came in.</summary>
    /// <exception cref="FastCgiException">ParamTooLong.</exception>
    /// <exception cref="AmbiguousHeaderException">The application could not tell two fields apart.</exception>
    public void WriteHeaders(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            WriteHeader(name, values);
        }
    }

    /// <summary>One param, unless an authorizer or the configuration has its own of this name.</summary>
    /// <exception cref="FastCgiException">ParamTooLong.</exception>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (!IsReplaced(name) && !_writer.TryAddParam(name, value))
        {
            throw TooLong(name, value.Length);
        }
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void Add(ReadOnlySpan<byte> name, ReadOnlySpan<char> value)
    {
        Add(name, value, Encoding.UTF8);
    }

    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/>
    public void AddNumber(ReadOnlySpan<byte> name, long value)
    {
        Span<byte> digits = stackalloc byte[20];
        value.TryFormat(digits, out var written, default, CultureInfo.InvariantCulture);
        Add(name, digits[..written]);
    }

    /// <summary>Several fields of one name are one value (RFC 3875, section 4.1.18; Cookie: RFC 6265, section 5.4).</summary>
    public static string? Join(string name, StringValues values)
        => values.Count <= 1 ? values
            : string.Join(HeaderNames.Cookie.Equals(name, StringComparison.OrdinalIgnoreCase) ? "; " : ", ", (IEnumerable<string?>)values);

    public static FastCgiException TooLong(ReadOnlySpan<byte> name, int valueLength)
        => new(
            FastCgiError.ParamTooLong,
            $"The param {Encoding.UTF8.GetString(name)} has {valueLength} bytes; a FastCGI record carries at most {ProtocolLimits.MaxPaddedContentLength} with its name.");

    private void WriteMessage(in CgiRequest request)
    {
        Add("GATEWAY_INTERFACE"u8, "CGI/1.1"u8);
        Add("SERVER_SOFTWARE"u8, ServerSoftware);
        WriteRedirect(request);
        WriteServer(request);
        Add("REQUEST_METHOD"u8, request.Method);
        Add("REQUEST_SCHEME"u8, request.Scheme);
        Add("REQUEST_URI"u8, request.RequestUri);
        Add("QUERY_STRING"u8, request.Query.Length > 0 ? request.Query.AsSpan(1) : default);
        if (request.ContentType is not null)
        {
            AddHeaderValue("CONTENT_TYPE"u8, request.ContentType, HeaderNames.ContentType);
        }

        WriteRemote(request);
        if (_application.Settings.TlsParams && _context is not null)
        {
            TlsParams.Write(this, _context.Features);
        }
    }

    private void WriteConfigured()
    {
        _userParams.Write(_writer, _context, _headerEncoding, _variables);
        _variables?.Write(_writer);
    }

    private void WriteServer(in CgiRequest request)
    {
        var host = new HostString(request.Host);
        Add("SERVER_PROTOCOL"u8, request.Protocol switch
        {
            "HTTP/2" => "HTTP/2.0",
            "HTTP/3" => "HTTP/3.0",
            _ => request.Protocol,
        });

        // Host only, brackets kept, lower case (E77, G19).
        if (host.HasValue && host.Host.Length > 0)
        {
            Add("SERVER_NAME"u8, host.Host.ToLowerInvariant());
        }
        else
        {
            Add("SERVER_NAME"u8, request.LocalAddress is null ? "localhost" : FormatHost(request.LocalAddress));
        }

        var isHttps = string.Equals(request.Scheme, "https", StringComparison.OrdinalIgnoreCase);
        AddNumber("SERVER_PORT"u8, request.LocalPort > 0 ? request.LocalPort : host.Port ?? (isHttps ? 443 : 80));
        if (request.LocalAddress is not null)
        {
            AddAddress("SERVER_ADDR"u8, request.LocalAddress);
        }

        if (isHttps)
        {
            Add("HTTPS"u8, "on"u8);
        }

        if (request.Host.Length > 0)
        {
            AddHeaderValue("HTTP_HOST"u8, request.Host, HeaderNames.Host);
        }
    }

    private void WriteRedirect(in CgiRequest request)
    {
        AddNumber("REDIRECT_STATUS"u8, request.RedirectStatus);
        if (request.RedirectUrl is not null)
        {
            Add("REDIRECT_URL"u8, request.RedirectUrl);
            Add("REDIRECT_QUERY_STRING"u8, request.RedirectQuery.Length > 0 ? request.RedirectQuery.AsSpan(1) : default);
        }
    }

    private void WriteScript(in CgiRequest request, in ScriptLocation script)
    {
        var prefix = _application.GetPrefix(request);
        Add("SCRIPT_NAME"u8, prefix, script.ScriptName);
        Add("DOCUMENT_URI"u8, prefix, script.ScriptName + script.PathInfo);
        Add("SCRIPT_FILENAME"u8, script.ScriptFileName);
        Add("PATH_INFO"u8, script.PathInfo);
        if (script.DocumentRoot is not { } root)
        {
            return;
        }

        Add("DOCUMENT_ROOT"u8, root);
        if (script.PathInfo.Length > 0)
        {
            Add("PATH_TRANSLATED"u8, root.TrimEnd('/'), script.PathInfo);
        }
    }

    private void WriteRemote(in CgiRequest request)
    {
        // A client on a unix socket has no address. The loopback address would give it rights that applications grant to it.
        if (request.RemoteAddress is not null)
        {
            AddAddress("REMOTE_ADDR"u8, request.RemoteAddress);
        }
        else
        {
            Add("REMOTE_ADDR"u8, "unix:"u8);
        }

        if (request.RemotePort > 0)
        {
            AddNumber("REMOTE_PORT"u8, request.RemotePort);
        }

        // One identity, not parts of two.
        if (request.RemoteUser is not null && _variables?.Contains("REMOTE_USER"u8) != true)
        {
            Add("REMOTE_USER"u8, request.RemoteUser);
            Add("AUTH_TYPE"u8, request.AuthType);
        }
    }

    private void AddAddress(ReadOnlySpan<byte> name, IPAddress address)
    {
        // 45 characters of an IPv6 address with an embedded IPv4 address, and a scope id.
        Span<byte> text = stackalloc byte[65];
        Unmap(address).TryFormat(text, out var written);
        Add(name, text[..written]);
    }

    /// <summary>An address where a host name is expected (RFC 3875, section 4.1.14).</summary>
    private static string FormatHost(IPAddress address)
        => Unmap(address) is { AddressFamily: AddressFamily.InterNetworkV6 } unmapped ? $"[{unmapped}]" : Unmap(address).ToString();

    /// <summary>A listener for both versions of IP shows clients of IPv4 by IPv6 addresses.</summary>
    private static IPAddress Unmap(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private bool IsReplaced(ReadOnlySpan<byte> name) => _userParams.Contains(name) || _variables?.Contains(name) == true;

    private void AddHeaderValue(ReadOnlySpan<byte> name, string? value, string headerName)
    {
        Add(name, value, _headerEncoding.For(headerName, value));
    }

    private void Add(ReadOnlySpan<byte> name, ReadOnlySpan<char> value, Encoding encoding)
    {
        if (!IsReplaced(name) && !_writer.TryAddParam(name, value, encoding))
        {
            throw TooLong(name, encoding.GetByteCount(value));
        }
    }

    private void Add(ReadOnlySpan<byte> name, string prefix, string rest)
        => Add(name, prefix.Length == 0 ? rest : prefix + rest);

    private byte[]? GetParamName(string headerName)
        => _application.Headers.GetParamName(headerName, _seenHeaders) ?? (_upgrade is null ? null : RequestHeaderNames.GetUpgradeParamName(headerName));

    private static bool IsPlainConnection(StringValues connection)
        => connection.Count == 0
            || (connection.Count == 1 && (string.Equals(connection[0], "keep-alive", StringComparison.OrdinalIgnoreCase)
                || string.Equals(connection[0], "close", StringComparison.OrdinalIgnoreCase)));

    /// <summary>A field that Connection names is meant for this hop (RFC 9110, section 7.6.1).</summary>
    private bool IsNominated(string name)
    {
        foreach (var value in _nominated)
        {
            foreach (var range in value.AsSpan().Split(','))
            {
                if (value.AsSpan()[range].Trim().Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static string GetVersion()
        => typeof(CgiParamsWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";
}
