namespace Yarp.FastCgi.Files;

/// <summary>Where a path really leads: every symbolic link on the way followed, as realpath(3) does.</summary>
internal static class RealPath
{
    // Linux gives up behind 40 links as well (path_resolution(7)); a loop of links ends here.
    private const int MaxLinks = 40;

    /// <summary>Whether the last part of the path, which exists, is a symbolic link.</summary>
    public static bool IsLink(string path) => new FileInfo(path).LinkTarget is not null;

    /// <summary>Whether a path without links lies below a directory, whose own links are followed: to the release that is live, for one.</summary>
    public static bool IsBelow(string realPath, string directory)
        => Resolve(directory) is { } root
            && realPath.StartsWith(Path.EndsInDirectorySeparator(root) ? root : root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <returns>The path without links, or null when there are too many of them. Parts that do not exist stay as they are.</returns>
    public static string? Resolve(string fullPath)
    {
        var resolved = Path.GetPathRoot(fullPath)!;
        var pending = new Stack<string>();
        Push(pending, fullPath.AsSpan(resolved.Length));
        var missing = new Stack<string>();
        var links = 0;
        while (pending.TryPop(out var segment))
        {
            if (segment == "..")
            {
                resolved = missing.TryPop(out _) ? resolved : Path.GetDirectoryName(resolved) ?? resolved;
                continue;
            }

            if (missing.Count > 0)
            {
                // Nothing is below what does not exist: a name of a thousand parts costs one look.
                missing.Push(segment);
                continue;
            }

            var path = Path.Join(resolved, segment);
            if (new FileInfo(path).LinkTarget is not { } target)
            {
                if (Path.Exists(path))
                {
                    resolved = path;
                }
                else
                {
                    missing.Push(segment);
                }

                continue;
            }

            if (++links > MaxLinks)
            {
                return null;
            }

            if (Path.IsPathRooted(target))
            {
                resolved = Path.GetPathRoot(Path.GetFullPath(target))!;
                Push(pending, Path.GetFullPath(target).AsSpan(resolved.Length));
            }
            else
            {
                Push(pending, target);
            }
        }

        return missing.Count == 0 ? resolved : Path.Join(resolved, string.Join(Path.DirectorySeparatorChar, missing.Reverse()));
    }

    private static void Push(Stack<string> pending, ReadOnlySpan<char> path)
    {
        var segments = new List<string>();
        foreach (var range in path.SplitAny(Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar))
        {
            if (path[range] is not ("" or "."))
            {
                segments.Add(path[range].ToString());
            }
        }

        for (var i = segments.Count - 1; i >= 0; i--)
        {
            pending.Push(segments[i]);
        }
    }
}
