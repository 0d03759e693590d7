using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>
/// Which script a path names, said plainly from docs/decisions/0005-scripts.md and docs/semantics.md: all ways to cut the path are tried, the shortest
/// script first.
/// </summary>
/// <param name="IsFile">Whether a path below the root is a file; null where files are not looked at.</param>
/// <param name="Extensions">ScriptExtensions.</param>
/// <param name="Index">Index.</param>
/// <param name="TryFiles">TryFiles.</param>
internal sealed record PlainSite(Func<string, bool>? IsFile, string[] Extensions, string[] Index, string[] TryFiles)
{
    private static readonly PlainScript NotFound = new(ScriptOutcome.NotFound);
    private static readonly PlainScript NotAScript = new(ScriptOutcome.NotAScript);

    /// <summary>A path that no request may have is the same in every mode.</summary>
    public static bool IsValid(string path)
        => path.StartsWith('/') && !path.Any(c => c is < ' ' or '\x7F') && !path.Split('/').Any(segment => segment is "." or "..");

    public PlainScript Resolve(string path)
    {
        if (!IsValid(path))
        {
            return new PlainScript(ScriptOutcome.InvalidPath);
        }

        return IsFile is null ? CutByExtension(path) : TryFiles.Length > 0 ? FindByTryFiles(path) : FindByIndex(path);
    }

    private PlainScript FindByIndex(string path)
    {
        var found = Find(path);
        foreach (var index in Index.Select(name => path.EndsWith('/') ? path + name : path + "/" + name).Where(IsFile!))
        {
            if (found.Outcome != ScriptOutcome.NotFound)
            {
                break;
            }

            found = OrRedirect(path, Find(index));
        }

        return found;
    }

    private PlainScript FindByTryFiles(string path)
    {
        foreach (var entry in TryFiles)
        {
            var candidate = string.Join(path, entry.Split(path.EndsWith('/') && entry.StartsWith("{path}/", StringComparison.Ordinal) ? "{path}/" : "{path}"));
            var isIndex = entry.StartsWith("{path}/", StringComparison.Ordinal);
            if (isIndex && !IsFile!(candidate))
            {
                continue;
            }

            var found = Find(candidate);
            if (found.Outcome != ScriptOutcome.NotFound)
            {
                return isIndex ? OrRedirect(path, found) : found;
            }
        }

        return NotFound;
    }

    /// <summary>An index is found at its directory's URL, which ends with a slash.</summary>
    private static PlainScript OrRedirect(string path, PlainScript found)
        => found.Outcome == ScriptOutcome.Script && !path.EndsWith('/') ? new PlainScript(ScriptOutcome.DirectoryWithoutSlash) : found;

    private PlainScript Find(string path)
    {
        if (IsFile!(path))
        {
            return IsScript(path) ? Judge(path, "") : NotAScript;
        }

        foreach (var (script, rest) in WaysToCut(path))
        {
            // Files without a dot in their names are not looked for.
            if (script[script.LastIndexOf('/')..].Contains('.', StringComparison.Ordinal) && IsFile(script))
            {
                return IsScript(script) ? Judge(script, rest) : NotAScript;
            }
        }

        return NotFound;
    }

    private PlainScript CutByExtension(string path)
    {
        string[] candidates =
        [
            path,
            .. TryFiles.Where(entry => !entry.Contains("{path}", StringComparison.Ordinal)),
            .. TryFiles.Length == 0 && path.EndsWith('/') ? Index.Take(1).Select(index => path + index) : [],
        ];
        return candidates
            .SelectMany(candidate => WaysToCut(candidate).Append((Script: candidate, Info: "")))
            .Where(cut => IsScript(cut.Script))
            .Select(cut => Judge(cut.Script, cut.Info))
            .FirstOrDefault(NotFound);
    }

    /// <summary>In front of each slash but the first.</summary>
    private static IEnumerable<(string Script, string Info)> WaysToCut(string path)
        => Enumerable.Range(1, path.Length - 1).Where(i => path[i] == '/').Select(i => (path[..i], path[i..]));

    private bool IsScript(string path)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        return Array.Exists(Extensions, extension => name.Length > extension.Length && Fold(name).EndsWith(Fold(extension), StringComparison.Ordinal));
    }

    private static PlainScript Judge(string script, string rest)
    {
        var names = script[1..].Split('/');
        if (names.SkipLast(1).Contains(""))
        {
            return NotFound;
        }

        return names.Skip(names is [".well-known", _, ..] ? 1 : 0).Any(name => name.StartsWith('.')) ? NotAScript : new PlainScript(ScriptOutcome.Script, script, rest);
    }

    private static string Fold(string text) => string.Concat(text.Select(c => c is >= 'A' and <= 'Z' ? (char)(c + 32) : c));
}
