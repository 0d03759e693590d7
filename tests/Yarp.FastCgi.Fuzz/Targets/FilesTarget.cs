using System.Text;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;
using Yarp.FastCgi.Fuzz.Engine;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>
/// The value of X-Sendfile and of X-Accel-Redirect, resolved to a file by <see cref="SendfileRoots"/>. <c>{root}</c> in an input stands for the root,
/// which has another name each time.
/// </summary>
internal sealed class FilesTarget : FuzzTarget
{
    private const int MaxPathLength = 4096;

    private readonly SiteTree _tree = new();
    private readonly SendfileRoots _roots;

    public FilesTarget()
        => _roots = SendfileRoots.Create(SettingsResolver.Resolve(new FastCgiClusterOptions
        {
            CheckFile = FastCgiCheckFile.Off,
            XSendfileRoots = [_tree.Root, _tree.LinkToRoot],
            XAccelRedirect = [$"/files/={_tree.Root}", $"/files/deep/={_tree.Combine("sub")}/", $"/linked/={_tree.LinkToRoot}", $"/sub/={_tree.Combine("linked")}"],
        }).Application)!;

    public override string Name => "files";

    public override int MaxLength => 32 * 1024;

    public override IReadOnlyList<byte[]> Tokens { get; } =
    [
        .. WireTokens.FromText(
            "{root}", "{root}/", "{root}.evil/", "{root}/../", "/", "//", "/./", "..", "/../", "\\", "~", "?", "?x", "#", "%2e%2e", "%2F", "%2f", "%5C", "%00", "%0", "%", "%2500", "%C0%AE", "%FF", "%C3%A9",
            "/files/", "/files", "/files/deep/", "/linked/", "/sub/", "/FILES/", "\t", " ", "\xC3\xA9", "\xFF", "\xED\xA0\x80"),
        .. WireTokens.FromUtf8([.. SiteTree.Names]),
    ];

    public override void Run(ReadOnlySpan<byte> input)
    {
        // What the head parser lets through.
        var value = Check.Latin1(input).Replace("{root}", Check.Latin1(Encoding.UTF8.GetBytes(_tree.Root)), StringComparison.Ordinal);
        var bytes = Encoding.Latin1.GetBytes(string.Concat(value.Where(c => c is '\t' or (>= ' ' and not '\x7F'))));
        var text = Encoding.UTF8.GetString(bytes);

        Allocations.CheckAtMost(MaxAllocated(bytes), "Looking for a file allocates in proportion to its path", _roots, bytes, static (roots, path) => roots.ResolveFile(Encoding.UTF8.GetString(path)));
        Allocations.CheckAtMost(MaxAllocated(bytes), "Looking for a file allocates in proportion to its URI", _roots, bytes, static (roots, uri) => roots.ResolveUri(Encoding.UTF8.GetString(uri)));
        var byPath = _roots.ResolveFile(text);
        CheckTarget(byPath);
        CheckTarget(_roots.ResolveUri(text));
        if (FindPlainly(text) is { } isFound)
        {
            Check.Same(isFound, byPath.StatusCode == 200, "A file is found by its path where it is");
        }
    }

    public override void Dispose()
    {
        _tree.Dispose();
        base.Dispose();
    }

    private void CheckTarget(SendfileTarget target)
    {
        Check.That(target.StatusCode is 200 or 403 or 404 && (target.StatusCode == 200) == (target.File is not null), "A file is sent, missing or refused");
        if (target.File is { } file)
        {
            Check.That(file.StartsWith(RealPath.Resolve(_tree.Root) + "/", StringComparison.Ordinal), "A file that is sent is named by where it really is", file);
            Check.Same(SiteTree.Inside, File.ReadAllText(file), "No file outside of the roots is sent");
            Check.Same(new FileInfo(file).LinkTarget, null, "No link is left in the name of a file that is sent");
        }
    }

    /// <summary>Whether a path below the root leads to a file that is inside of it; null when a plain reading cannot tell.</summary>
    private bool? FindPlainly(string path)
    {
        if (!path.StartsWith(_tree.Root + "/", StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(path) >= MaxPathLength)
        {
            return null;
        }

        path = path[_tree.Root.Length..];
        while (path.EndsWith('/') || path.EndsWith("/.", StringComparison.Ordinal))
        {
            path = path.TrimEnd('.').TrimEnd('/');
        }

        var node = _tree.Find(path);
        return ReferenceEquals(node, _tree.Elsewhere) ? null : node is { IsFile: true, IsOutside: false } && !ReferenceEquals(node, _tree.Nowhere);
    }

    // A string for each directory on the way, and a look at it.
    private static long MaxAllocated(byte[] value) => 128 * 1024 + (512L * value.Length);
}
