using System.Text;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Gateway.StaticFiles;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>A decoded request path, answered with a file of the gateway's site or with none by <see cref="StaticFileLookup"/>.</summary>
internal sealed class StaticTarget : FuzzTarget
{
    private readonly SiteTree _tree = new();
    private readonly StaticFileLookup _files;

    public StaticTarget()
    {
        var application = SettingsResolver.Resolve(new FastCgiClusterOptions { DocumentRoot = _tree.Root, Index = ["index.php", "index.html"] }).Application;
        _files = new StaticFileLookup(application, rootFiles: true, new Dictionary<string, string>());
    }

    public override string Name => "static";

    public override int MaxLength => 8192;

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. WireTokens.FromUtf8([.. SiteTree.Names]),
        .. WireTokens.FromUtf8("/", "//", "/.", "/..", "/./", "/../", "\\", "\\..\\", ".", "..", "~", " ", ":", "::$DATA", "%2e", ".txt", ".jpg", ".bak", ".inc", "*", "\0", "\n", "\x7F", "\uFF0E", "\uFF0F"),
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        var path = Encoding.UTF8.GetString(input);
        Allocations.CheckAtMost(
            MaxAllocated(path), "Looking for a static file allocates in proportion to its path", (_files, path), [], static (state, _) => state._files.Find(state.path));
        if (_files.Find(path).File is not { } file)
        {
            return;
        }

        Check.Same(SiteTree.Inside, File.ReadAllText(file), "No file outside of the root is served");
        Check.That(!path.Contains(".php", StringComparison.OrdinalIgnoreCase) && !Path.GetFileName(file).Contains(".ph", StringComparison.OrdinalIgnoreCase), "No script's source is served");
        Check.That(!path.StartsWith("/.well-known/.", StringComparison.Ordinal) && !path.Replace("/.well-known", "", StringComparison.Ordinal).Contains("/.", StringComparison.Ordinal), "No hidden file is served");
    }

    public override void Dispose()
    {
        _tree.Dispose();
        base.Dispose();
    }

    // A string for each directory on the way, and a look at it.
    private static long MaxAllocated(string path) => 64 * 1024 + (512L * path.Length);
}
