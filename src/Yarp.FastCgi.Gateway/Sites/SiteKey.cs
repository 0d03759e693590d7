using System.Collections.Frozen;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>A key of a site, and of a preset.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Kind">How it is written.</param>
internal sealed record SiteKey(string Name, SiteKeyKind Kind)
{
    public static readonly SiteKey Aliases = new(nameof(Aliases), SiteKeyKind.Map);
    public static readonly SiteKey Answers = new(nameof(Answers), SiteKeyKind.Rules);
    public static readonly SiteKey App = new(nameof(App), SiteKeyKind.List);
    public static readonly SiteKey Cluster = new(nameof(Cluster), SiteKeyKind.Section);
    public static readonly SiteKey Denied = new(nameof(Denied), SiteKeyKind.List);
    public static readonly SiteKey Description = new(nameof(Description), SiteKeyKind.Text);
    public static readonly SiteKey FastCgi = new(nameof(FastCgi), SiteKeyKind.Section);
    public static readonly SiteKey Headers = new(nameof(Headers), SiteKeyKind.Map);
    public static readonly SiteKey Hosts = new(nameof(Hosts), SiteKeyKind.List);
    public static readonly SiteKey Index = new(nameof(Index), SiteKeyKind.List);
    public static readonly SiteKey Interpreter = new(nameof(Interpreter), SiteKeyKind.Section);
    public static readonly SiteKey MaxRequestBodySize = new(nameof(MaxRequestBodySize), SiteKeyKind.Text);
    public static readonly SiteKey Params = new(nameof(Params), SiteKeyKind.Map);
    public static readonly SiteKey Path = new(nameof(Path), SiteKeyKind.Text);
    public static readonly SiteKey PhpAdminValues = new(nameof(PhpAdminValues), SiteKeyKind.Map);
    public static readonly SiteKey PhpValues = new(nameof(PhpValues), SiteKeyKind.Map);
    public static readonly SiteKey Preset = new(nameof(Preset), SiteKeyKind.Text);
    public static readonly SiteKey Root = new(nameof(Root), SiteKeyKind.Text);
    public static readonly SiteKey RootFiles = new(nameof(RootFiles), SiteKeyKind.Text);
    public static readonly SiteKey Route = new(nameof(Route), SiteKeyKind.Section);
    public static readonly SiteKey Scripts = new(nameof(Scripts), SiteKeyKind.List);
    public static readonly SiteKey Static = new(nameof(Static), SiteKeyKind.Rules);
    public static readonly SiteKey TryFiles = new(nameof(TryFiles), SiteKeyKind.List);
    public static readonly SiteKey XSendfileRoots = new(nameof(XSendfileRoots), SiteKeyKind.List);

    /// <summary>The keys that are options of <c>FastCgi</c> as well, written beside it because most sites have them.</summary>
    public static readonly IReadOnlyList<SiteKey> OfApplication = [Index, TryFiles, Scripts, Params, PhpValues, PhpAdminValues, XSendfileRoots];

    private static readonly FrozenDictionary<string, SiteKey> Known = new[]
    {
        Aliases, Answers, App, Cluster, Denied, FastCgi, Headers, Hosts, Index, Interpreter, MaxRequestBodySize, Params, Path, PhpAdminValues, PhpValues, Preset,
        Root, RootFiles, Route, Scripts, Static, TryFiles, XSendfileRoots,
    }.ToFrozenDictionary(key => key.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Every key of a site, in the order of their names.</summary>
    public static IEnumerable<SiteKey> All => Known.Values.OrderBy(key => key.Name, StringComparer.Ordinal);

    public static SiteKey? Find(string name) => Known.GetValueOrDefault(name);
}
