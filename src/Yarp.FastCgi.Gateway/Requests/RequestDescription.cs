using System.Globalization;

namespace Yarp.FastCgi.Gateway.Requests;

/// <summary>What the command line says about a request, and the params that come of it: those that this gateway would send (RFC 3875, section 4.1).</summary>
internal sealed record RequestDescription
{
    public string Method { get; init; } = HttpMethods.Get;

    /// <summary>Path and query.</summary>
    public string Uri { get; init; } = "/";

    /// <summary>SCRIPT_FILENAME; null for an application that serves the whole tree.</summary>
    public string? Script { get; init; }

    /// <summary>SCRIPT_NAME; null for the script's file name below the root.</summary>
    public string? ScriptName { get; init; }

    /// <summary>DOCUMENT_ROOT; null for the directory of the script.</summary>
    public string? Root { get; init; }

    /// <summary>Header fields of the request.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>Params that replace those of the same name, or come behind all others.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Params { get; init; } = [];

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The params, in the order in which they are sent; each name once.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ToParams()
    {
        var question = Uri.IndexOf('?', StringComparison.Ordinal);
        var path = System.Uri.UnescapeDataString(question < 0 ? Uri : Uri[..question]);
        var root = Root ?? (Script is null ? "" : Path.GetDirectoryName(Script) ?? "");
        var scriptName = ScriptName ?? (Script is null ? "" : "/" + Path.GetRelativePath(root, Script));
        var all = new List<KeyValuePair<string, string>>();
        Add("GATEWAY_INTERFACE", "CGI/1.1");
        Add("SERVER_PROTOCOL", HttpProtocol.Http11);
        Add("SERVER_NAME", "localhost");
        Add("SERVER_PORT", "80");
        Add("REMOTE_ADDR", "127.0.0.1");
        Add("REQUEST_METHOD", Method);
        Add("REQUEST_URI", Uri);
        Add("QUERY_STRING", question < 0 ? "" : Uri[(question + 1)..]);
        Add("DOCUMENT_ROOT", root);
        Add("SCRIPT_NAME", scriptName);
        if (Script is not null)
        {
            Add("SCRIPT_FILENAME", Script);
        }
        else
        {
            Add("PATH_INFO", path);
        }

        // php-cgi serves nobody without it (G23).
        Add("REDIRECT_STATUS", "200");
        if (!Body.IsEmpty)
        {
            Add("CONTENT_LENGTH", Body.Length.ToString(CultureInfo.InvariantCulture));
            Add("CONTENT_TYPE", "application/x-www-form-urlencoded");
        }

        foreach (var (name, value) in Headers)
        {
            Add(ToParamName(name), value);
        }

        foreach (var (name, value) in Params)
        {
            Add(name, value);
        }

        return all;

        void Add(string name, string value)
        {
            var param = KeyValuePair.Create(name, value);
            var known = all.FindIndex(other => other.Key == name);
            if (known >= 0)
            {
                all[known] = param;
            }
            else
            {
                all.Add(param);
            }
        }
    }

    private static string ToParamName(string header)
    {
        var name = header.ToUpperInvariant().Replace('-', '_');
        return name is "CONTENT_TYPE" or "CONTENT_LENGTH" ? name : "HTTP_" + name;
    }
}
