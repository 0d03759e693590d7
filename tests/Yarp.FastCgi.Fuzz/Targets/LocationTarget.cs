using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Plain;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>The value of a Location, read as a path of the application by <see cref="LocalPath"/> and resolved to a script.</summary>
internal sealed class LocationTarget : FuzzTarget
{
    private static readonly string[] Prefixes = ["", "/app", "/é"];

    private readonly SiteTree _tree = new();
    private readonly ScriptResolver _scripts;

    public LocationTarget()
        => _scripts = new ScriptResolver(SettingsResolver.Resolve(new FastCgiClusterOptions { DocumentRoot = _tree.Root, TryFiles = ["{path}", "{path}/index.php", "/index.php"] }).Application);

    public override string Name => "location";

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. WireTokens.FromText(
            "/", "//", "/\\", "\\", "?", "#", ":", "http://x/", "/app", "/app/", "/%C3%A9/", "..", "/../", "%2e%2e", "%2E", "%2F", "%2f", "%5C", "%00", "%0", "%", "%%", "%0A", "%0d", "%7F", "%09", "%20",
            "%C0%AE", "%C0%80", "%E0%80%AF", "%ED%A0%80", "%F4%90%80%80", "%FF", "%C3", "%A9", "%EF%BC%8E", "%EF%BC%8F", "%252F", "%25", "{path}", " ", "\t", "\xE9", "\x7F"),
        .. WireTokens.FromUtf8([.. SiteTree.Names]),
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        var text = Check.Latin1(input);
        foreach (var prefix in Prefixes)
        {
            Compare(text, prefix);
        }
    }

    public override void Dispose()
    {
        _tree.Dispose();
        base.Dispose();
    }

    private void Compare(string text, string prefix)
    {
        Allocations.CheckAtMost(
            1024 + (16L * text.Length), "Reading a Location allocates in proportion to it", (text, prefix), [], static (state, bytes) => LocalPath.TryParse(state.text, state.prefix, out _));
        var isLocal = LocalPath.TryParse(text, prefix, out var target);
        var expected = Read(text, prefix);
        Check.Same(expected, isLocal ? target : null, "A Location is local when a plain reading says so");
        if (!isLocal)
        {
            return;
        }

        Check.That(target.Path[0] == '/' && !target.Path.Any(c => c is < ' ' or '\x7F'), "A local path has no control characters");
        Check.That(target.Query.All(c => c is > ' ' and <= '~'), "A query goes on as it would stand in a request");
        var script = _scripts.Resolve(target.Path);
        Check.That(script.Outcome != ScriptOutcome.InvalidPath, "A local path is one that a request may have");
        Check.That(script.Outcome != ScriptOutcome.Script || _tree.Find(script.ScriptName) is { IsFile: true }, "A local path leads to a script of the site or to none");
    }

    private static LocalPath? Read(string text, string prefix)
    {
        if (!text.StartsWith('/') || text.StartsWith("//", StringComparison.Ordinal) || text.StartsWith("/\\", StringComparison.Ordinal) || text.Any(c => c is <= ' ' or >= '\x7F' or '#'))
        {
            return null;
        }

        // A NUL anywhere is refused, also behind the question mark.
        var parts = text.Split('?', 2);
        var path = PlainUri.Decode(parts[0]);
        return path.StartsWith(prefix, StringComparison.Ordinal) && PlainSite.IsValid(path[prefix.Length..]) && !text.Contains("%00", StringComparison.Ordinal)
            ? new LocalPath(path[prefix.Length..], parts is [_, { Length: > 0 } query] ? "?" + query : "")
            : null;
    }
}
