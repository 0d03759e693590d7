using System.Buffers;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// Finds the script that a request path names (docs/decisions/0005-scripts.md): by looking at the files below the root where this machine
/// sees them, by the script extension where it does not, or not at all when the application serves the whole tree.
/// </summary>
/// <remarks>
/// The path is the decoded one that ASP.NET Core routed and authorised (CVE-2024-38473). It is split at indexes found in that very
/// string, compared as ASCII (CVE-2026-24895, CVE-2026-45062).
/// </remarks>
internal sealed class ScriptResolver
{
    private const string PathPlaceholder = "{path}";
    private const string PathDirectory = PathPlaceholder + "/";
    private const string WellKnown = "/.well-known/";

    // CVE-2019-11043, CVE-2013-4547: a control character never belongs to the name of a script.
    private static readonly SearchValues<char> ControlCharacters = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000A\u000B\u000C\u000D\u000E\u000F" +
        "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F");

    private readonly string? _givenRoot;
    private readonly string _documentRoot;
    private readonly string _localRoot;
    private readonly string? _scriptFile;
    private readonly string[] _index;
    private readonly string[] _scriptExtensions;
    private readonly string[] _tryFiles;
    private readonly ScriptRules _scripts;
    private readonly Mode _mode;
    private readonly string? _scriptFileToCheck;
    private readonly bool _mayLeaveRoot;
    private readonly bool _isWindows;

    public ScriptResolver(ApplicationSettings settings)
    {
        _givenRoot = settings.DocumentRoot;
        _documentRoot = TrimEndSlash(settings.DocumentRoot);
        _localRoot = TrimEndSlash(settings.LocalRoot ?? settings.DocumentRoot);
        _scriptFile = settings.ScriptFile;
        _index = [.. settings.Index];
        _scriptExtensions = [.. settings.ScriptExtensions];
        _tryFiles = [.. settings.TryFiles];
        _scripts = new ScriptRules(settings.Scripts);
        _mayLeaveRoot = settings.ScriptsOutsideRoot;
        _isWindows = OperatingSystem.IsWindows() || settings.DocumentRoot?.StartsWith('/') == false;
        _scriptFileToCheck = settings.CheckFile == FastCgiCheckFile.On ? GetLocalPath(settings.ScriptFile) : null;
        _mode = settings.CheckFile == FastCgiCheckFile.Off || settings.ScriptFile is not null ? Mode.WholeTree
            : settings.CheckFile == FastCgiCheckFile.On || Directory.Exists(settings.LocalRoot ?? settings.DocumentRoot) ? Mode.CheckFiles
            : Mode.SplitByExtension;
    }

    private enum Mode
    {
        WholeTree,
        CheckFiles,
        SplitByExtension,
    }

    /// <summary>Whether SCRIPT_NAME is the mount prefix alone: the application, not the file system, gives the path its meaning.</summary>
    public bool ServesWholeTree => _mode == Mode.WholeTree;

    /// <summary>Whether finding a script asks the file system.</summary>
    public bool LooksAtFiles => _mode == Mode.CheckFiles || _scriptFileToCheck is not null;

    public ScriptLocation Resolve(string path)
    {
        if (!IsValid(path))
        {
            return ScriptLocation.None(ScriptOutcome.InvalidPath);
        }

        return _mode switch
        {
            Mode.WholeTree => ResolveWholeTree(path),
            Mode.CheckFiles => _tryFiles.Length == 0 ? CheckDefault(path) : CheckTryFiles(path),
            _ => Split(path),
        };
    }

    /// <summary>
    /// For health probes: no file is looked up, because php-fpm's ping and status pages are none (G16); a path without a script
    /// extension is the name of the script.
    /// </summary>
    public ScriptLocation ResolveProbe(string path)
    {
        if (!IsValid(path))
        {
            return ScriptLocation.None(ScriptOutcome.InvalidPath);
        }

        return _mode == Mode.WholeTree ? ResolveWholeTree(path)
            : TrySplit(path, out var location) ? location
            : ScriptLocation.Script(path, "", _documentRoot + path, _givenRoot);
    }

    /// <summary>Whether a path may be looked up at all: no control characters, no dot segments.</summary>
    public static bool IsValid(string path)
    {
        if (path.Length == 0 || path[0] != '/' || path.AsSpan().ContainsAny(ControlCharacters))
        {
            return false;
        }

        // Kestrel has removed dot segments; a transform may have brought others in.
        for (var start = 0; start >= 0;)
        {
            var next = path.IndexOf('/', start + 1);
            var segment = next < 0 ? path.AsSpan(start + 1) : path.AsSpan(start + 1, next - start - 1);
            if (segment is "." or "..")
            {
                return false;
            }

            start = next;
        }

        return true;
    }

    private ScriptLocation ResolveWholeTree(string path)
    {
        if (_scriptFile is null)
        {
            return ScriptLocation.Script("", path, _documentRoot + path, _givenRoot);
        }

        return _scriptFileToCheck is not null && !File.Exists(_scriptFileToCheck)
            ? ScriptLocation.None(ScriptOutcome.NotFound)
            : ScriptLocation.Script("", path, _scriptFile, _givenRoot);
    }

    private ScriptLocation CheckDefault(string path)
    {
        var location = CheckPath(path);
        return location.Outcome != ScriptOutcome.NotFound ? location
            : path[^1] == '/' ? CheckIndex(path)
            : AskForSlash(CheckIndex(path + "/"));
    }

    private ScriptLocation CheckTryFiles(string path)
    {
        foreach (var entry in _tryFiles)
        {
            // "{path}/index.php" asks for a file in a directory, not for path info behind a script; "{path}/" for the index of one.
            var candidate = Expand(entry, path);
            var isBelowDirectory = entry.StartsWith(PathDirectory, StringComparison.Ordinal);
            var location = entry[^1] == '/' ? CheckIndex(candidate)
                : isBelowDirectory && !File.Exists(_localRoot + candidate) ? ScriptLocation.None(ScriptOutcome.NotFound)
                : CheckPath(candidate);
            if (location.Outcome != ScriptOutcome.NotFound)
            {
                return isBelowDirectory && path[^1] != '/' ? AskForSlash(location) : location;
            }
        }

        return ScriptLocation.None(ScriptOutcome.NotFound);
    }

    /// <param name="directory">With its slash.</param>
    private ScriptLocation CheckIndex(string directory)
    {
        foreach (var name in _index)
        {
            var index = directory + name;
            if (File.Exists(_localRoot + index) && CheckPath(index) is { Outcome: not ScriptOutcome.NotFound } location)
            {
                return location;
            }
        }

        return ScriptLocation.None(ScriptOutcome.NotFound);
    }

    /// <summary>The script of a directory that was named without its slash is run once the client has asked for it with one.</summary>
    private static ScriptLocation AskForSlash(in ScriptLocation location)
        => location.Outcome == ScriptOutcome.Script ? ScriptLocation.None(ScriptOutcome.DirectoryWithoutSlash) : location;

    /// <summary>An entry of TryFiles for a path.</summary>
    // The path is put in once, at the end: a client may have written the placeholder into it.
    public static string Expand(string entry, string path)
        => entry == PathPlaceholder ? path
            : (path[^1] == '/' ? entry.Replace(PathDirectory, PathPlaceholder, StringComparison.Ordinal) : entry)
                .Replace(PathPlaceholder, path, StringComparison.Ordinal);

    /// <summary>The walk over the files: the whole path is a file, or its first part that is an existing script has the rest as path info.</summary>
    private ScriptLocation CheckPath(string path)
    {
        if (path[^1] != '/' && File.Exists(_localRoot + path))
        {
            return EndsWithScriptExtension(path, path.Length) ? FoundFile(path, "") : ScriptLocation.None(ScriptOutcome.NotAScript);
        }

        var start = 1;
        for (var slash = path.IndexOf('/', 1); slash >= 0; slash = path.IndexOf('/', start))
        {
            // A file has nothing below it: what a path leads to through one exists nowhere (E72). Files without a dot are not looked for.
            if (path.AsSpan(start, slash - start).Contains('.'))
            {
                var part = string.Concat(_localRoot, path.AsSpan(0, slash));
                if (File.Exists(part))
                {
                    return EndsWithScriptExtension(path, slash) ? FoundFile(path[..slash], path[slash..]) : ScriptLocation.None(ScriptOutcome.NotAScript);
                }

                // Nor has what does not exist, so a path of a thousand dots costs one look.
                if (!Directory.Exists(part))
                {
                    break;
                }
            }

            start = slash + 1;
        }

        return ScriptLocation.None(ScriptOutcome.NotFound);
    }

    /// <summary>A script that exists here. Links inside the root are followed, links out of it where the configuration says so.</summary>
    private ScriptLocation FoundFile(string script, string pathInfo)
    {
        var location = Found(script, pathInfo);
        if (location.Outcome != ScriptOutcome.Script || !HasLink(script))
        {
            return location;
        }

        // A link that leads nowhere counts as a file to .NET.
        return RealPath.Resolve(_localRoot + script) is not { } target || !File.Exists(target) ? ScriptLocation.None(ScriptOutcome.NotFound)
            : _mayLeaveRoot || RealPath.IsBelow(target, _localRoot.Length == 0 ? "/" : _localRoot) ? location
            : ScriptLocation.None(ScriptOutcome.OutsideRoot);
    }

    /// <summary>Whether a symbolic link is on the way below the root, which it is for few scripts. Those above it are the operator's.</summary>
    private bool HasLink(string script)
    {
        for (var end = script.IndexOf('/', 1); end >= 0; end = script.IndexOf('/', end + 1))
        {
            if (RealPath.IsLink(_localRoot + script[..end]))
            {
                return true;
            }
        }

        return RealPath.IsLink(_localRoot + script);
    }

    /// <summary>A script by its name. What its name forbids to run is answered as if it were not there.</summary>
    private ScriptLocation Found(string script, string pathInfo)
    {
        // Routing, and with it authorisation, does not take "//admin/x.php" for "/admin/x.php"; the file system does (CVE-2024-38473).
        if (script.Contains("//", StringComparison.Ordinal))
        {
            return ScriptLocation.None(ScriptOutcome.NotFound);
        }

        return IsHidden(script) || (_isWindows && IsAnotherNameOnWindows(script)) || !_scripts.MayRun(script)
            ? ScriptLocation.None(ScriptOutcome.NotAScript)
            : ScriptLocation.Script(script, pathInfo, _documentRoot + script, _givenRoot);
    }

    /// <summary>A file or directory whose name begins with a dot (.git, .env) is nobody's page; /.well-known/ is (RFC 8615).</summary>
    private static bool IsHidden(string script)
    {
        var start = script.StartsWith(WellKnown, StringComparison.Ordinal) ? WellKnown.Length - 1 : 0;
        return script.AsSpan(start).Contains("/.", StringComparison.Ordinal);
    }

    /// <summary>Windows opens x.php for "x.php.", "x.php " and "x.php::$DATA", and takes a backslash for a slash.</summary>
    public static bool IsAnotherNameOnWindows(string script)
        => script.AsSpan().ContainsAny('\\', ':')
            || script[^1] is '.' or ' '
            || script.Contains("./", StringComparison.Ordinal)
            || script.Contains(" /", StringComparison.Ordinal);

    private ScriptLocation Split(string path)
    {
        if (TrySplit(path, out var location))
        {
            return location;
        }

        // Whether a directory or a file of this name exists cannot be known here: the front controller decides.
        foreach (var entry in _tryFiles)
        {
            if (!entry.Contains(PathPlaceholder, StringComparison.Ordinal) && TrySplit(WithIndex(entry), out location))
            {
                return location;
            }
        }

        return (_tryFiles.Length == 0 || _tryFiles.Contains(PathDirectory)) && path[^1] == '/' && TrySplit(WithIndex(path), out location)
            ? location
            : ScriptLocation.None(ScriptOutcome.NotFound);
    }

    private string WithIndex(string path) => path[^1] == '/' && _index.Length > 0 ? path + _index[0] : path;

    private bool TrySplit(string path, out ScriptLocation location)
    {
        var end = path.IndexOf('/', 1);
        while (true)
        {
            var length = end < 0 ? path.Length : end;
            if (EndsWithScriptExtension(path, length))
            {
                var script = end < 0 ? path : path[..end];
                location = Found(script, end < 0 ? "" : path[end..]);
                return true;
            }

            if (end < 0)
            {
                location = default;
                return false;
            }

            end = path.IndexOf('/', end + 1);
        }
    }

    /// <summary>Whether the segment that ends at <paramref name="end"/> has a name and a script extension.</summary>
    private bool EndsWithScriptExtension(string path, int end)
    {
        foreach (var extension in _scriptExtensions)
        {
            var start = end - extension.Length;
            if (start > 0 && path[start - 1] != '/' && System.Text.Ascii.EqualsIgnoreCase(path.AsSpan(start, extension.Length), extension))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Where this machine sees a script that is named as the application sees it.</summary>
    private string? GetLocalPath(string? scriptFile)
        => scriptFile is not null && scriptFile.StartsWith(_documentRoot + "/", StringComparison.Ordinal) ? _localRoot + scriptFile[_documentRoot.Length..] : scriptFile;

    private static string TrimEndSlash(string? root) => root is null ? "" : root.TrimEnd('/');
}
