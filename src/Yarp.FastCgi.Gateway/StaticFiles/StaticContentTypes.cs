using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.StaticFiles;

namespace Yarp.FastCgi.Gateway.StaticFiles;

/// <summary>
/// Content types of static files. A file of unknown type is not served statically, which keeps database dumps, logs and
/// configuration that lie in a root from being downloaded.
/// </summary>
internal sealed class StaticContentTypes : IContentTypeProvider
{
    private readonly FileExtensionContentTypeProvider _known = new()
    {
        Mappings =
        {
            [".geojson"] = "application/geo+json",
            [".glb"] = "model/gltf-binary",
            [".opus"] = "audio/ogg",
        },
    };

    public bool TryGetContentType(string subpath, [MaybeNullWhen(false)] out string contentType)
    {
        if (_known.TryGetContentType(subpath, out contentType))
        {
            return true;
        }

        // ACME tokens (RFC 8555 section 8.3) and apple-app-site-association have no extension.
        if (subpath.StartsWith("/.well-known/", StringComparison.Ordinal) && !Path.HasExtension(subpath))
        {
            contentType = "application/octet-stream";
            return true;
        }

        return false;
    }
}
