using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Yarp.FastCgi.Client;

/// <summary>
/// Where a FastCGI application listens: <c>fastcgi://host[:9000]</c>, <c>unix:/absolute/path</c> or
/// <c>unix:@name</c> (Linux abstract socket). Immutable; equal when the canonical forms are equal.
/// </summary>
public sealed class FastCgiEndpoint : IEquatable<FastCgiEndpoint>
{
    /// <summary>The TCP port of an address that names none: 9000, php-fpm's.</summary>
    public const int DefaultPort = 9000;

    private const string TcpScheme = "fastcgi://";
    private const string UnixScheme = "unix:";
    private const string RightForms = "Use fastcgi://host[:9000], fastcgi://[::1]:9000, unix:/absolute/path or unix:@name.";

    // sockaddr_un.sun_path holds 108 bytes (unix(7)): a path and its closing NUL, or an abstract name behind a leading NUL.
    private const int MaxUnixPathBytes = 107;

    // RFC 1035, section 2.3.4.
    private const int MaxHostLength = 255;

    private readonly string _text;

    private FastCgiEndpoint(string text, string? host, int port, string? unixPath)
    {
        _text = text;
        Host = host;
        Port = port;
        UnixPath = unixPath;
    }

    /// <summary>The host name in lower case, or the IP address without brackets, of a TCP endpoint; null for a unix socket.</summary>
    public string? Host { get; }

    /// <summary>The TCP port; 0 for a unix socket.</summary>
    public int Port { get; }

    /// <summary>The path of a unix socket, or <c>@name</c> for an abstract one; null for TCP.</summary>
    public string? UnixPath { get; }

    /// <summary>Whether this endpoint is a unix socket.</summary>
    [MemberNotNullWhen(true, nameof(UnixPath))]
    [MemberNotNullWhen(false, nameof(Host))]
    public bool IsUnix => UnixPath is not null;

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address; see the summary of the type for its forms. The scheme ignores case.</param>
    /// <returns>The endpoint.</returns>
    /// <exception cref="FormatException">The address has none of the forms; the message shows them.</exception>
    public static FastCgiEndpoint Parse(string text)
        => TryParse(text, out var endpoint, out var error) ? endpoint : throw new FormatException(error);

    /// <summary>Reads an address without throwing.</summary>
    /// <param name="text">The address; see the summary of the type for its forms. The scheme ignores case.</param>
    /// <param name="endpoint">The endpoint, or null.</param>
    /// <param name="error">What is wrong with the address and what the right forms are, or null.</param>
    /// <returns>Whether the address was understood.</returns>
    public static bool TryParse(
        string? text,
        [NotNullWhen(true)] out FastCgiEndpoint? endpoint,
        [NotNullWhen(false)] out string? error)
    {
        endpoint = null;
        if (string.IsNullOrEmpty(text))
        {
            error = $"The FastCGI address is empty. {RightForms}";
            return false;
        }

        string? reason;
        if (ContainsControl(text))
        {
            reason = "contains a control character";
        }
        else if (text.StartsWith(UnixScheme, StringComparison.OrdinalIgnoreCase))
        {
            reason = TryParseUnix(text[UnixScheme.Length..], out endpoint);
        }
        else if (text.StartsWith(TcpScheme, StringComparison.OrdinalIgnoreCase))
        {
            reason = TryParseTcp(text[TcpScheme.Length..], out endpoint);
        }
        else
        {
            reason = "has no scheme of a FastCGI address";
        }

        error = reason is null ? null : $"The FastCGI address '{text}' {reason}. {RightForms}";
        return reason is null;
    }

    /// <summary>The canonical form of the address; parses back to an equal endpoint.</summary>
    /// <returns>The address with scheme and host in lower case, an IPv6 address in its short form, and the port written out.</returns>
    public override string ToString() => _text;

    /// <inheritdoc />
    public bool Equals(FastCgiEndpoint? other) => other is not null && string.Equals(_text, other._text, StringComparison.Ordinal);

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as FastCgiEndpoint);

    /// <inheritdoc />
    public override int GetHashCode() => string.GetHashCode(_text, StringComparison.Ordinal);

    /// <summary>The socket address of a unix endpoint.</summary>
    internal UnixDomainSocketEndPoint CreateUnixEndPoint()
        => new(UnixPath![0] == '@' ? string.Concat("\0", UnixPath.AsSpan(1)) : UnixPath);

    private static bool ContainsControl(string text)
    {
        foreach (var character in text)
        {
            if (char.IsControl(character))
            {
                return true;
            }
        }

        return false;
    }

    /// <returns>What is wrong, or null.</returns>
    private static string? TryParseUnix(string path, out FastCgiEndpoint? endpoint)
    {
        endpoint = null;
        if (path.StartsWith("///", StringComparison.Ordinal))
        {
            path = path[2..];
        }

        var isAbsolute = path.Length >= 2 && (path[0] == '@' || (path[0] == '/' && path[1] != '/'));
        if (!isAbsolute && !(OperatingSystem.IsWindows() && Path.IsPathFullyQualified(path)))
        {
            return "names no absolute path and no abstract socket";
        }

        if (Encoding.UTF8.GetByteCount(path.AsSpan(path[0] == '@' ? 1 : 0)) > MaxUnixPathBytes)
        {
            return $"is longer than the {MaxUnixPathBytes} bytes that the name of a unix socket can have";
        }

        endpoint = new FastCgiEndpoint(UnixScheme + path, host: null, port: 0, path);
        return null;
    }

    /// <returns>What is wrong, or null.</returns>
    private static string? TryParseTcp(string authority, out FastCgiEndpoint? endpoint)
    {
        endpoint = null;
        if (authority.EndsWith('/'))
        {
            authority = authority[..^1];
        }

        string? host;
        string port;
        if (authority.StartsWith('['))
        {
            var close = authority.IndexOf(']', StringComparison.Ordinal);
            host = close < 0 ? null : ParseIPv6(authority[1..close]);
            if (host is null)
            {
                return "has no IPv6 address in its brackets";
            }

            port = authority[(close + 1)..];
            if (port.Length > 0 && port[0] != ':')
            {
                return "has text behind its brackets that is no port";
            }
        }
        else
        {
            var colon = authority.IndexOf(':', StringComparison.Ordinal);
            host = ParseHostName(colon < 0 ? authority : authority[..colon]);
            if (host is null)
            {
                return "has no valid host name";
            }

            port = colon < 0 ? "" : authority[colon..];
        }

        if (port == ":")
        {
            return "has no port behind its colon";
        }

        var portNumber = DefaultPort;
        if (port.Length > 0
            && (!int.TryParse(port.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out portNumber) || portNumber is < 1 or > 65535))
        {
            return "has a port outside 1 to 65535";
        }

        var bracketed = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        endpoint = new FastCgiEndpoint(string.Create(CultureInfo.InvariantCulture, $"{TcpScheme}{bracketed}:{portNumber}"), host, portNumber, unixPath: null);
        return null;
    }

    private static string? ParseIPv6(string text)
        => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? address.ToString() : null;

    private static string? ParseHostName(string text) => Uri.CheckHostName(text) switch
    {
        // Short, octal and hexadecimal forms are read differently everywhere, and a lone number is most likely a port without its host.
        UriHostNameType.IPv4 => IPAddress.TryParse(text, out var address) && address.ToString() == text ? text : null,
        UriHostNameType.Dns => text.Length <= MaxHostLength ? text.ToLowerInvariant() : null,
        _ => null,
    };
}
