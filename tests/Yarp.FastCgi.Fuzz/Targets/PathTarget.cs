using System.Text;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Plain;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>A decoded request path, resolved to a script by <see cref="ScriptResolver"/> in all its modes, with files that are really there.</summary>
internal sealed class PathTarget : FuzzTarget
{
    private const string UnseenRoot = "/no/such/root";
    private const string WellKnown = "/.well-known";
    private const string OneScript = "/srv/one.cgi";

    // Two for each of the links that the system follows.
    private const int MaxDirectories = 82;

    // Longer ones may be longer than any path of a file, which the plain reading does not know of.
    private const int MaxComparedLength = 3000;

    private static readonly string[] FrontController = ["{path}", "{path}/index.php", "/index.php"];
    private static readonly string[] BehindFrontController = ["{path}", "/index.php{path}"];

    private static readonly string[] IndexEntry = ["{path}", "{path}/", "/index.php"];

    private readonly SiteTree _tree = new();
    private readonly Mode[] _modes;

    public PathTarget()
    {
        _modes =
        [
            Checked("checked", new() { DocumentRoot = _tree.Root, CheckFile = FastCgiCheckFile.On }),
            Checked("checked, front controller", new() { DocumentRoot = _tree.Root, TryFiles = FrontController }),
            Checked("checked, path info", new() { DocumentRoot = _tree.Root, TryFiles = BehindFrontController }),
            Checked("checked elsewhere", new() { DocumentRoot = "/srv/www", LocalRoot = _tree.Root, Index = ["index.html", "index.php"], ScriptExtensions = [".php", ".ks", ".phps"] }),
            Checked("checked, index by entry", new() { DocumentRoot = _tree.Root, TryFiles = IndexEntry, Index = ["x.php", "index.php", "index.html"] }),
            Checked("checked, links out of the root", new() { DocumentRoot = _tree.Root, ScriptsOutsideRoot = true }),
            Checked("checked over a link", new() { DocumentRoot = _tree.LinkToRoot }, links: 1),
            Cut("cut", new() { DocumentRoot = UnseenRoot }),
            Cut("cut, front controller", new() { DocumentRoot = UnseenRoot, TryFiles = FrontController }),
            Cut("cut, index by entry", new() { DocumentRoot = UnseenRoot, TryFiles = ["{path}", "{path}/", "/sub/"] }),
            Cut("cut, other extensions", new() { DocumentRoot = UnseenRoot, ScriptExtensions = [".ks", ".cgi"] }),
        ];
        WholeTree = Create(new() { CheckFile = FastCgiCheckFile.Off });
        OneScriptOnly = Create(new() { ScriptFile = OneScript, DocumentRoot = _tree.Root });
    }

    public override string Name => "path";

    public override int MaxLength => 8192;

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. WireTokens.FromUtf8([.. SiteTree.Names]),
        .. WireTokens.FromUtf8(
            "/", "//", "/.", "/..", "/./", "/../", "../", ".", "..", ".php", ".PHP", ".pHp/", "php", "/index.php", "{path}", "{path}/", "%2F", "%2e", "%00", "\\", "::$DATA", " ", "~", "+", "?", "#",
            "\0", "\n", "\r", "\t", "\x7F", "\x80", "\uFF0E", "\uFF0F", "\u2044", "\uFF50", "\u24C5", "\u212A", "\u017F", "\u0130", "\u0131", "\u023A", "\u00AD", "\u200B", "\uFEFF", "\uFFFD", "e\u0301", "\U0001D4C5"),
    ];

    private ScriptResolver WholeTree { get; }

    private ScriptResolver OneScriptOnly { get; }

    public override void Run(ReadOnlySpan<byte> input)
    {
        var path = Encoding.UTF8.GetString(input);
        Check.Same(PlainSite.IsValid(path), ScriptResolver.IsValid(path), "Paths that no request may have are known");
        foreach (var mode in _modes)
        {
            Compare(mode, path, input.Length <= MaxComparedLength);
        }

        CheckWholeTree(path);
    }

    public override void Dispose()
    {
        _tree.Dispose();
        base.Dispose();
    }

    private void Compare(Mode mode, string path, bool isCompared)
    {
        Allocations.CheckAtMost(
            MaxAllocated(path), $"Resolving a path allocates in proportion to it ({mode.Name})", (mode.Resolver, path), [], static (state, _) => state.Resolver.Resolve(state.path));
        var location = mode.Resolver.Resolve(path);
        if (isCompared)
        {
            var expected = mode.Plain.Resolve(path);
            Check.Same(expected, new PlainScript(location.Outcome, location.ScriptName, location.PathInfo), $"A path leads where a plain reading says ({mode.Name})");
        }

        if (location.Outcome == ScriptOutcome.Script)
        {
            CheckScript(mode, location);
        }

        CheckProbe(mode, path);
    }

    /// <summary>Said again, whatever the plain reading says.</summary>
    private void CheckScript(Mode mode, ScriptLocation location)
    {
        var script = location.ScriptName;
        Check.Same(mode.DocumentRoot + script, location.ScriptFileName, "The script is named by the root and its path below it");
        Check.That(Path.GetFullPath(location.ScriptFileName) == location.ScriptFileName, "No part of a script's name stands for another");
        Check.That(!script.Any(c => c is < ' ' or '\x7F'), "No script has a control character in its name");
        Check.That(!script[(script.StartsWith(WellKnown, StringComparison.Ordinal) ? WellKnown.Length : 0)..].Contains("/.", StringComparison.Ordinal), "No hidden file is a script");
        Check.That(Array.Exists(mode.Plain.Extensions, extension => Ascii.EqualsIgnoreCase(Encoding.UTF8.GetBytes(script).AsSpan()[^extension.Length..], extension)), "A script has a script extension, in ASCII");
        Check.That(location.PathInfo.Length == 0 || location.PathInfo[0] == '/', "Path info begins with a slash");
        if (!mode.IsChecked)
        {
            return;
        }

        var node = _tree.Find(script);
        Check.That(node is { IsFile: true }, "A script is a file");
        Check.That(!node.IsOutside || mode.Plain.MayLeaveRoot, "A script is outside of the root only where the configuration says so");
        Check.Same(node.IsOutside ? SiteTree.Outside : SiteTree.Inside, File.ReadAllText(_tree.Combine(script)), "A script is the file that its name leads to");
        Check.That(
            node.IsOutside || RealPath.Resolve(_tree.Combine(script))!.StartsWith(RealPath.Resolve(_tree.Root) + "/", StringComparison.Ordinal),
            "A script is really below the root");
    }

    private static void CheckProbe(Mode mode, string path)
    {
        var location = mode.Resolver.ResolveProbe(path);
        Check.Same(PlainSite.IsValid(path), location.Outcome != ScriptOutcome.InvalidPath, "A probe's path is judged like a request's");
        Check.That(
            location.Outcome != ScriptOutcome.Script || (location.ScriptFileName == mode.DocumentRoot + location.ScriptName && location.ScriptName + location.PathInfo == path),
            "A probe's script is the path, cut or not");
    }

    private void CheckWholeTree(string path)
    {
        var outcome = PlainSite.IsValid(path) ? ScriptOutcome.Script : ScriptOutcome.InvalidPath;
        var pathInfo = PlainSite.IsValid(path) ? path : "";
        var location = WholeTree.Resolve(path);
        Check.Same((outcome, "", pathInfo, pathInfo), (location.Outcome, location.ScriptName, location.PathInfo, location.ScriptFileName), "The whole path is the application's");
        location = OneScriptOnly.Resolve(path);
        Check.Same((outcome, "", pathInfo), (location.Outcome, location.ScriptName, location.PathInfo), "The whole path is the one script's");
        Check.Same(pathInfo.Length == 0 ? "" : OneScript, location.ScriptFileName, "One script is all that is run");
    }

    // Some strings of its length for each index and each entry of TryFiles; and for each directory on the way, of which there are not many.
    private static long MaxAllocated(string path) => 32 * 1024 + (64L + (64 * Math.Min(path.Count('/'), MaxDirectories))) * path.Length;

    private Mode Checked(string name, FastCgiClusterOptions options, int links = 0) => Create(name, options, isChecked: true, path => Look(path, links));

    private static Mode Cut(string name, FastCgiClusterOptions options) => Create(name, options, isChecked: false, look: null);

    private PlainFile Look(string path, int links) => _tree.Find(path, links) switch
    {
        { IsFile: true } node when ReferenceEquals(node, _tree.Nowhere) => PlainFile.LinkToNothing,
        { IsFile: true, IsOutside: true } => PlainFile.Outside,
        { IsFile: true } => PlainFile.Inside,
        _ => PlainFile.None,
    };

    private static Mode Create(string name, FastCgiClusterOptions options, bool isChecked, Func<string, PlainFile>? look)
        => new(
            name,
            Create(options),
            options.DocumentRoot!,
            new PlainSite(look, [.. options.ScriptExtensions ?? [".php"]], [.. options.Index ?? ["index.php"]], [.. options.TryFiles ?? []], options.ScriptsOutsideRoot == true),
            isChecked);

    private static ScriptResolver Create(FastCgiClusterOptions options) => new(SettingsResolver.Resolve(options).Application);

    private sealed record Mode(string Name, ScriptResolver Resolver, string DocumentRoot, PlainSite Plain, bool IsChecked);
}
