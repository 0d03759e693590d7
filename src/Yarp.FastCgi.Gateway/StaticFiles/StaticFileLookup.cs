using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Gateway.StaticFiles;

/// <summary>
/// Finds the static file that answers a path, if any does: what <c>TryFiles</c> and <c>Index</c> come to first, be it a script or a file, is it. The one place
/// where static files are looked for. Never found are hidden names, what lies outside of the directory, by whatever symbolic link, and files of unknown type.
/// </summary>
internal sealed class StaticFileLookup
{
    private static readonly StaticContentTypes Types = new();
    private static readonly string[] DefaultTryFiles = ["{path}", "{path}/"];

    private readonly string? _root;
    private readonly string? _scriptRoot;
    private readonly (string Prefix, string Directory)[] _aliases;
    private readonly string[] _tryFiles;
    private readonly string[] _index;
    private readonly string[] _scriptExtensions;
    private readonly bool _hasStaticIndex;

    /// <param name="application">The application behind the files.</param>
    /// <param name="rootFiles">Whether files below its root are sent.</param>
    /// <param name="aliases">Directories by the paths that they stand at.</param>
    public StaticFileLookup(ApplicationSettings application, bool rootFiles, IReadOnlyDictionary<string, string> aliases)
    {
        _root = rootFiles ? application.LocalRoot?.TrimEnd('/') : null;
        _scriptRoot = Directory.Exists(application.LocalRoot) ? application.LocalRoot.TrimEnd('/') : null;
        _aliases = [.. aliases.Select(static alias => (alias.Key, alias.Value.TrimEnd('/'))).OrderByDescending(static alias => alias.Key.Length)];
        _tryFiles = application.TryFiles.Count > 0 ? [.. application.TryFiles] : DefaultTryFiles;
        _index = [.. application.Index];
        _scriptExtensions = [.. application.ScriptExtensions];
        _hasStaticIndex = Array.Exists(_index, name => IsSendable("/" + name));
    }

    /// <param name="path">Decoded, with a slash in front.</param>
    public StaticTarget Find(string path)
    {
        // An empty segment is another directory to routing than to the file system.
        if (!ScriptResolver.IsValid(path) || path.Contains("//", StringComparison.Ordinal) || (OperatingSystem.IsWindows() && ScriptResolver.IsAnotherNameOnWindows(path)))
        {
            return StaticTarget.None;
        }

        foreach (var (prefix, directory) in _aliases)
        {
            if (path.StartsWith(prefix, StringComparison.Ordinal))
            {
                return FindInAlias(path, path[(prefix.Length - 1)..], directory);
            }
        }

        return _root is null ? StaticTarget.None : FindInRoot(path, _root);
    }

    /// <summary>Whether the path is a script's, with or without path info behind it. Where the files are not on this machine the name is enough.</summary>
    public bool NamesScript(string path)
        => _scriptRoot is null ? IsScript(path) : (IsScript(path) && File.Exists(_scriptRoot + path)) || HasScriptAbove(_scriptRoot, path);

    private StaticTarget FindInAlias(string path, string rest, string directory)
    {
        if (rest[^1] != '/')
        {
            return Check(directory, rest, path, out _);
        }

        foreach (var name in _index)
        {
            if (Check(directory, rest + name, path + name, out _) is { File: not null } target)
            {
                return target;
            }
        }

        return StaticTarget.None;
    }

    private StaticTarget FindInRoot(string path, string root)
    {
        foreach (var entry in _tryFiles)
        {
            var candidate = ScriptResolver.Expand(entry, path);
            if (entry[^1] != '/')
            {
                if (candidate[^1] != '/' && Check(root, candidate, candidate, out var exists) is var target && exists)
                {
                    return target;
                }

                if (HasScriptAbove(root, candidate))
                {
                    return StaticTarget.None;
                }

                continue;
            }

            if (!_hasStaticIndex)
            {
                continue;
            }

            foreach (var name in _index)
            {
                if (Check(root, candidate + name, candidate + name, out var isThere) is var index && isThere)
                {
                    return index with { NeedsSlash = path[^1] != '/' && entry[0] != '/' };
                }
            }
        }

        return StaticTarget.None;
    }

    /// <summary>Whether the path is a script's with path info behind it.</summary>
    private bool HasScriptAbove(string root, string path)
    {
        for (var slash = path.IndexOf('/', 1); slash >= 0; slash = path.IndexOf('/', slash + 1))
        {
            if (!IsScript(path.AsSpan(0, slash)))
            {
                continue;
            }

            var part = string.Concat(root, path.AsSpan(0, slash));
            if (File.Exists(part))
            {
                return true;
            }

            // Nothing is below what does not exist: a path of a thousand such names costs one look.
            if (!Directory.Exists(part))
            {
                break;
            }
        }

        return false;
    }

    /// <param name="directory">Where it is looked for.</param>
    /// <param name="name">Its path below the directory.</param>
    /// <param name="urlPath">Its path below the site.</param>
    /// <param name="exists">There is such a file, whether it may be sent or not: nothing behind it is looked for.</param>
    private StaticTarget Check(string directory, string name, string urlPath, out bool exists)
    {
        var file = directory + name;
        exists = File.Exists(file);
        return exists && IsSendable(name) && Types.TryGetContentType(name, out var type) && IsInside(directory, file)
            ? new StaticTarget(file, urlPath, type, NeedsSlash: false)
            : StaticTarget.None;
    }

    /// <summary>Also for names that a lookup is not worth its while.</summary>
    private bool IsSendable(string name) => !HiddenNames.Contains(name) && !IsScript(name);

    private bool IsScript(ReadOnlySpan<char> name)
    {
        foreach (var extension in _scriptExtensions)
        {
            if (name.EndsWith(extension, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The directory is resolved each time: a deployment switches it by changing a link. A link inside may lead to a hidden name.</summary>
    private bool IsInside(string directory, string file)
    {
        if (RealPath.Resolve(directory.Length == 0 ? "/" : directory) is not { } realDirectory || RealPath.Resolve(file) is not { } realFile)
        {
            return false;
        }

        if (!Path.EndsInDirectorySeparator(realDirectory))
        {
            realDirectory += Path.DirectorySeparatorChar;
        }

        return realFile.StartsWith(realDirectory, StringComparison.Ordinal) && IsSendable("/" + realFile[realDirectory.Length..]);
    }
}
