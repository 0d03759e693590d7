using System.Diagnostics.CodeAnalysis;

namespace Yarp.FastCgi.Configuration;

/// <summary>A path of URLs and the directory of this machine behind it.</summary>
/// <param name="Prefix">Begins and ends with a slash.</param>
/// <param name="Directory">Absolute.</param>
internal sealed record PathMapping(string Prefix, string Directory)
{
    /// <summary>Reads <c>/path/=/directory</c>.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PathMapping? mapping)
    {
        var equals = text.IndexOf('=');
        mapping = equals > 0 && text[0] == '/' && text[equals - 1] == '/' && Path.IsPathFullyQualified(text[(equals + 1)..])
            ? new PathMapping(text[..equals], text[(equals + 1)..])
            : null;
        return mapping is not null;
    }
}
