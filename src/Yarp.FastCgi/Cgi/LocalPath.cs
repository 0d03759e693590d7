using Microsoft.AspNetCore.Http;

namespace Yarp.FastCgi.Cgi;

/// <summary>A path of this application that the application itself has named, in a redirect or as its error page.</summary>
/// <param name="Path">Decoded, behind the prefix at which the application is mounted; begins with a slash.</param>
/// <param name="Query">With its question mark when not empty.</param>
internal readonly record struct LocalPath(string Path, string Query)
{
    /// <summary>Reads a local-pathquery (RFC 3875, section 6.3.2), as strictly as the target of a request is read.</summary>
    /// <param name="text">A Location: percent-encoded, as it would stand in a client's request.</param>
    /// <param name="prefix">What must stand before the path, decoded.</param>
    /// <param name="target">The path, when there is one.</param>
    /// <returns>False for the URL of another host, for a path outside the application, and for what no request may ask for.</returns>
    public static bool TryParse(string text, string prefix, out LocalPath target)
    {
        target = default;

        // "//host/" and, to browsers, "/\\host/" name another host. A fragment is for the client alone.
        if (text.Length == 0 || text[0] != '/' || (text.Length > 1 && text[1] is '/' or '\\')
            || text.AsSpan().ContainsAnyExceptInRange('!', '~') || text.Contains('#'))
        {
            return false;
        }

        // ASP.NET Core throws for a NUL instead of decoding it.
        if (text.Contains("%00", StringComparison.Ordinal))
        {
            return false;
        }

        var queryStart = text.IndexOf('?');
        var path = PathString.FromUriComponent(queryStart < 0 ? text : text[..queryStart]).Value!;
        if (!path.StartsWith(prefix, StringComparison.Ordinal))
        {
            return false;
        }

        path = path[prefix.Length..];
        if (!ScriptResolver.IsValid(path))
        {
            return false;
        }

        target = new LocalPath(path, queryStart < 0 || queryStart == text.Length - 1 ? "" : text[queryStart..]);
        return true;
    }
}
