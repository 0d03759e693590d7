using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>
/// Which script a path names, said plainly from docs/decisions/0005-scripts.md and docs/semantics.md: all ways to cut the path are tried, the shortest
/// script first.
/// </summary>
/// <param name="Look">Which file a path below the root is; null where files are not looked at.</param>
/// <param name="Extensions">ScriptExtensions.</param>
/// <param name="Index">Index.</param>
/// <param name="TryFiles">TryFiles.</param>
/// <param name="MayLeaveRoot">ScriptsOutsideRoot.</param>
internal sealed record PlainSite(Func<string, PlainFile>? Look, string[] Extensions, string[] Index, string[] TryFiles, bool MayLeaveRoot)
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

        return Look is null ? CutByExtension(path) : FindByTryFiles(path, TryFiles.Length > 0 ? TryFiles : ["{path}", "{path}/"]);
    }

    private PlainScript FindByTryFiles(string path, string[] entries)
    {
        foreach (var entry in entries)
        {
            var isOfDirectory = entry.StartsWith("{path}/", StringComparison.Ordinal);
            var candidate = string.Join(path, entry.Split(path.EndsWith('/') && isOfDirectory ? "{path}/" : "{path}"));
            var found = entry.EndsWith('/') ? FindIndex(candidate) : !isOfDirectory || IsFile(candidate) ? Find(candidate) : NotFound;
            if (found.Outcome != ScriptOutcome.NotFound)
            {
                return isOfDirectory ? OrRedirect(path, found) : found;
            }
        }

        return NotFound;
    }

    private PlainScript FindIndex(string directory)
        => Index.Select(name => directory + name).Where(IsFile).Select(Find).FirstOrDefault(found => found.Outcome != ScriptOutcome.NotFound, NotFound);

    private bool IsFile(string path) => Look!(path) != PlainFile.None;

    /// <summary>An index is found at its directory's URL, which ends with a slash.</summary>
    private static PlainScript OrRedirect(string path, PlainScript found)
        => found.Outcome == ScriptOutcome.Script && !path.EndsWith('/') ? new PlainScript(ScriptOutcome.DirectoryWithoutSlash) : found;

    private PlainScript Find(string path)
    {
        if (IsFile(path))
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
            .. TryFiles.Where(entry => !entry.Contains("{path}", StringComparison.Ordinal)).Select(WithIndex),
            .. (TryFiles.Length == 0 || TryFiles.Contains("{path}/")) && path.EndsWith('/') ? [WithIndex(path)] : Array.Empty<string>(),
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

    private string WithIndex(string path) => path.EndsWith('/') ? path + Index[0] : path;

    private PlainScript Judge(string script, string rest)
    {
        var names = script[1..].Split('/');
        if (names.SkipLast(1).Contains(""))
        {
            return NotFound;
        }

        return names.Skip(names is [".well-known", _, ..] ? 1 : 0).Any(name => name.StartsWith('.')) ? NotAScript : Look?.Invoke(script) switch
        {
            PlainFile.LinkToNothing => NotFound,
            PlainFile.Outside when !MayLeaveRoot => new PlainScript(ScriptOutcome.OutsideRoot),
            _ => new PlainScript(ScriptOutcome.Script, script, rest),
        };
    }

    private static string Fold(string text) => string.Concat(text.Select(c => c is >= 'A' and <= 'Z' ? (char)(c + 32) : c));
}
