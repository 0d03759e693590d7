using Yarp.FastCgi.Fuzz.Engine;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>All targets by name.</summary>
internal static class FuzzTargets
{
    private static readonly (string Name, Func<FuzzTarget> Create)[] All =
    [
        ("records", static () => new RecordsTarget()),
        ("response", static () => new ResponseTarget()),
        ("head", static () => new HeadTarget()),
        ("chunked", static () => new ChunkedTarget()),
        ("params", static () => new ParamsTarget()),
        ("headers", static () => new HeadersTarget()),
        ("path", static () => new PathTarget()),
        ("location", static () => new LocationTarget()),
        ("files", static () => new FilesTarget()),
        ("static", static () => new StaticTarget()),
        ("proxy", static () => new ProxyHeaderTarget()),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(target => target.Name)];

    public static FuzzTarget Create(string name) => All.Single(target => target.Name == name).Create();
}
