using System.Collections.Frozen;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// Which variables an authorizer may set. It says who the client is and what it may do; what the request is, where it came from and what is
/// run for it, it cannot say (docs/decisions/0009-authorizers.md).
/// </summary>
internal static class AuthorizerVariableNames
{
    /// <summary>What the name of a response header begins with that is a variable.</summary>
    public const string FieldPrefix = "Variable-";

    // Params that this server makes of the request, REMOTE_USER and AUTH_TYPE apart, and what PHP takes as settings.
    private static readonly FrozenSet<string> Reserved = FrozenSet.Create(
        StringComparer.Ordinal,
        "CONTENT_LENGTH",
        "CONTENT_TYPE",
        "DOCUMENT_ROOT",
        "DOCUMENT_URI",
        "GATEWAY_INTERFACE",
        "HTTPS",
        "PATH_INFO",
        "PATH_TRANSLATED",
        "PHP_ADMIN_VALUE",
        "PHP_VALUE",
        "QUERY_STRING",
        "REMOTE_ADDR",
        "REMOTE_HOST",
        "REMOTE_PORT",
        "SCRIPT_FILENAME",
        "SCRIPT_NAME");

    // HTTP_ names belong to the client's header fields: shared with them, a variable that is set for one request and not for the next would
    // let the client's own value through (CVE-2026-30851).
    private static readonly string[] ReservedPrefixes = ["FCGI_", "HTTP_", "REDIRECT_", "REQUEST_", "SERVER_", "SSL_"];

    /// <summary>Whether the name is one that applications can tell from all others, however they spell it, and not taken.</summary>
    public static bool IsAllowed(string name)
    {
        if (name.Length == 0 || !name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.'))
        {
            return false;
        }

        var folded = name.ToUpperInvariant().Replace('-', '_').Replace('.', '_');
        return !Reserved.Contains(folded) && !ReservedPrefixes.Any(prefix => folded.StartsWith(prefix, StringComparison.Ordinal));
    }
}
