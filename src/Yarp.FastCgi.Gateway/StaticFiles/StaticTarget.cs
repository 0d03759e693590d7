namespace Yarp.FastCgi.Gateway.StaticFiles;

/// <summary>What a path leads to among the static files.</summary>
/// <param name="File">Absolute path of the file to send; null when none is.</param>
/// <param name="UrlPath">The path of the file below the site, which rules for it go by.</param>
/// <param name="ContentType">Its type.</param>
/// <param name="NeedsSlash">The file is the index of a directory whose closing slash the client left out.</param>
internal readonly record struct StaticTarget(string? File, string UrlPath, string ContentType, bool NeedsSlash)
{
    public static StaticTarget None => default;
}
