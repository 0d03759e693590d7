using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Primitives;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Gateway.StaticFiles;

/// <summary>
/// The files of a site's root that may be served as they are: none that <see cref="HiddenNames"/> hides, none outside the root,
/// by whatever symbolic link. Directories have no listing.
/// </summary>
/// <param name="root">Absolute path of an existing directory.</param>
internal sealed class SiteFileProvider(string root) : IFileProvider, IDisposable
{
    private readonly PhysicalFileProvider _files = new(root);

    public IFileInfo GetFileInfo(string subpath)
    {
        // PhysicalFileProvider finds a file with a slash behind its name, which nobody can open.
        if (HiddenNames.Contains(subpath) || Path.EndsInDirectorySeparator(subpath))
        {
            return new NotFoundFileInfo(subpath);
        }

        var file = _files.GetFileInfo(subpath);
        return file is { Exists: true, PhysicalPath: { } path } && IsServed(path) ? file : new NotFoundFileInfo(subpath);
    }

    public IDirectoryContents GetDirectoryContents(string subpath) => NotFoundDirectoryContents.Singleton;

    public IChangeToken Watch(string filter) => NullChangeToken.Singleton;

    public void Dispose() => _files.Dispose();

    private bool IsServed(string path)
    {
        // The root is resolved each time: a deployment switches it by changing a link.
        if (RealPath.Resolve(_files.Root) is not { } realRoot || RealPath.Resolve(path) is not { } realPath)
        {
            return false;
        }

        if (!Path.EndsInDirectorySeparator(realRoot))
        {
            realRoot += Path.DirectorySeparatorChar;
        }

        // A link inside the root may lead to a hidden name, so the real name is judged as well.
        return realPath.StartsWith(realRoot, StringComparison.Ordinal) && !HiddenNames.Contains(realPath.AsSpan(realRoot.Length));
    }
}
