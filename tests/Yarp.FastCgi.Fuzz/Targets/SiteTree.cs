using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>
/// A small site on disk with everything that misleads, and beside it what must never be reached; the same in memory, for a plain reading. Each
/// file says whether it is inside or outside of the root, so that its content tells where a path has led.
/// </summary>
internal sealed class SiteTree : IDisposable
{
    public const string Inside = "inside";
    public const string Outside = "outside";

    private const string RootName = "root";

    // path_resolution(7): with more links on the way there is nothing.
    private const int MaxLinks = 40;

    private static readonly string[] Files =
    [
        "index.php", "app.php", "UPPER.PHP", "x.jpg", "README", "noext/x.php", "sub/index.php", "sub/a.php", "docs/index.html", "a.php/b.php", "v1.2/x.y/c.php",
        "app.php.", "app.php ", "app.php~", "x.phps", "x.php5", ".php", ".hidden.php", ".env", ".git/hook.php", ".git/config", ".well-known/acme.php",
        ".well-known/.secret/x.php", "a/.b/c.php", "a%2Fb.php", "back\\slash.php", "stream.php::$DATA", "x.ｐｈｐ", "x.ⓟhp", "{path}/index.php", "ȺȺȺ.txt", "ȺȺȺ.php", "é.php", "x.ks", "x.\u212As",
    ];

    private static readonly string[] OutsideFiles = ["outside/secret.php", "outside/index.php", "outside/sub/x.php", "root.evil/secret.php", "roo", "secret.php"];

    // Links that whoever has made the site has made, and where they lead from the directory above the root.
    private static readonly (string Name, string Target)[] Links =
    [
        ("link.php", "root/app.php"), ("linked", "root/sub"), ("leak.php", "outside/secret.php"), ("leak.jpg", "outside/secret.php"), ("leak", "outside"), ("up.d", ""),
    ];

    private readonly TempDirectory _directory = new();
    private readonly SiteNode _above;
    private readonly HashSet<(SiteNode Directory, string Name)> _links = [];

    public SiteTree()
    {
        foreach (var file in Files)
        {
            _directory.WriteFile($"{RootName}/{file}", Inside);
        }

        foreach (var file in OutsideFiles)
        {
            _directory.WriteFile(file, Outside);
        }

        _directory.CreateDirectory($"{RootName}/directory.php/x");
        Comparer = Directory.Exists(Combine("SUB")) ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        _above = Mirror(_directory.Path, isOutside: true, Elsewhere);
        foreach (var (name, target) in Links)
        {
            var node = Find(_above, target, links: 0)!;
            var link = node.IsFile ? File.CreateSymbolicLink(Combine(name), "../" + target) : Directory.CreateSymbolicLink(Combine(name), "../" + target);
            AddLink(RootNode, link.Name, node);
        }

        foreach (var name in new[] { "loop.php", "dangling.php" })
        {
            AddLink(RootNode, File.CreateSymbolicLink(Combine(name), name == "loop.php" ? name : "nowhere.php").Name, Nowhere);
        }

        LinkToRoot = _directory.Combine("link");
        AddLink(_above, Directory.CreateSymbolicLink(LinkToRoot, RootName).Name, RootNode);
    }

    public string Root => _directory.Combine(RootName);

    /// <summary>A symbolic link to the root, as deployments switch it.</summary>
    public string LinkToRoot { get; }

    /// <summary>How the file system compares names.</summary>
    public StringComparer Comparer { get; }

    /// <summary>Every name in the tree.</summary>
    public static IEnumerable<string> Names { get; } =
        [.. Files.Concat(OutsideFiles).Concat(Links.Select(link => link.Name)).SelectMany(path => path.Split('/')).Concat(["directory.php", "loop.php", "dangling.php", RootName, "link"]).Distinct()];

    /// <summary>What a link that leads to nothing leads to. To .NET such a link is a file.</summary>
    public SiteNode Nowhere { get; } = new(isOutside: false, children: null, parent: null);

    /// <summary>What is above the tree, and not known here.</summary>
    public SiteNode Elsewhere { get; } = new(isOutside: true, children: null, parent: null);

    private SiteNode RootNode => _above.Children![RootName];

    /// <summary>Where a path below the root leads, one part after the other as links have it; null when to nothing.</summary>
    /// <param name="path">The path.</param>
    /// <param name="links">Links on the way to the root.</param>
    public SiteNode? Find(string path, int links = 0) => Find(RootNode, path, links);

    public string Combine(string path) => Path.Join(Root, path);

    public void Dispose() => _directory.Dispose();

    private SiteNode? Find(SiteNode node, string path, int links)
    {
        var names = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var missing = 0;
        for (var i = 0; i < names.Length && !ReferenceEquals(node, Elsewhere); i++)
        {
            if (names[i] == ".")
            {
                continue;
            }

            if (names[i] == "..")
            {
                if (missing == 0 && ReferenceEquals(node, Nowhere))
                {
                    // A loop ends there, and a link to nothing is as good as what it names; here they are one.
                    return Elsewhere;
                }

                node = missing == 0 ? node.Parent! : node;
                missing = Math.Max(0, missing - 1);
                continue;
            }

            if (missing > 0 || node.Children is null || !node.Children.TryGetValue(names[i], out var child))
            {
                missing++;
                continue;
            }

            links += _links.Contains((node, names[i])) ? 1 : 0;
            if (links > MaxLinks)
            {
                // Followed no further; but the link itself is there.
                return i == names.Length - 1 && !path.EndsWith('/') ? Nowhere : null;
            }

            node = child;
        }

        return missing > 0 || (node.IsFile && path.EndsWith('/')) ? null : node;
    }

    private void AddLink(SiteNode directory, string name, SiteNode target)
    {
        directory.Children!.Add(name, target);
        _links.Add((directory, name));
    }

    private SiteNode Mirror(string path, bool isOutside, SiteNode parent)
    {
        if (File.Exists(path))
        {
            return new SiteNode(isOutside, children: null, parent);
        }

        var directory = new SiteNode(isOutside, new Dictionary<string, SiteNode>(Comparer), parent);
        foreach (var child in Directory.EnumerateFileSystemEntries(path))
        {
            var name = Path.GetFileName(child);
            directory.Children!.Add(name, Mirror(child, isOutside && name != RootName, directory));
        }

        return directory;
    }
}
