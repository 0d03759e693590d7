namespace Yarp.FastCgi.Gateway.StaticFiles;

/// <summary>Which names below a root are never served as static files, whether they exist or not.</summary>
internal static class HiddenNames
{
    // RFC 8615; certificate authorities look there.
    private const string WellKnown = ".well-known";

    private static readonly string[] ScriptExtensions = ["inc", "cgi", "fcgi", "pl", "pm", "py", "rb", "lua", "sh"];

    private static readonly string[] BackupExtensions = ["bak", "old", "orig", "save", "swp", "swo"];

    /// <summary>
    /// Whether a path names, or leads through, a dotfile, a script's source or an editor's backup.
    /// Both slashes separate, whatever the machine, and letter case never matters.
    /// </summary>
    public static bool Contains(ReadOnlySpan<char> path)
    {
        var first = true;
        foreach (var range in path.SplitAny('/', '\\'))
        {
            var segment = path[range];
            if (segment.IsEmpty)
            {
                continue;
            }

            if (segment[0] == '.' ? !(first && segment.SequenceEqual(WellKnown)) : IsScript(segment) || IsBackup(segment))
            {
                return true;
            }

            first = false;
        }

        return false;
    }

    // A PHP extension counts wherever it stands (x.php.1, x.php.txt): such files are copies of a script.
    // The others only at the end: messages.pl.js is a Polish translation.
    private static bool IsScript(ReadOnlySpan<char> name)
    {
        var extension = ReadOnlySpan<char>.Empty;
        var first = true;
        foreach (var range in name.Split('.'))
        {
            if (!first)
            {
                // Windows drops spaces at the end of a name.
                extension = name[range].TrimEnd(" ~");
                if (IsPhp(extension))
                {
                    return true;
                }
            }

            first = false;
        }

        return IsAny(extension, ScriptExtensions);
    }

    private static bool IsPhp(ReadOnlySpan<char> extension)
        => extension.StartsWith("php", StringComparison.OrdinalIgnoreCase)
            || extension.StartsWith("pht", StringComparison.OrdinalIgnoreCase)
            || extension.Equals("phar", StringComparison.OrdinalIgnoreCase);

    private static bool IsBackup(ReadOnlySpan<char> name)
    {
        if (name[^1] is '~' or '#')
        {
            return true;
        }

        var dot = name.LastIndexOf('.');
        return dot >= 0 && IsAny(name[(dot + 1)..], BackupExtensions);
    }

    private static bool IsAny(ReadOnlySpan<char> extension, string[] extensions)
    {
        foreach (var candidate in extensions)
        {
            if (extension.Equals(candidate, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}
