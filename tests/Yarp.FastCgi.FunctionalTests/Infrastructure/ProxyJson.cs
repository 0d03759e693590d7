namespace Yarp.FastCgi.FunctionalTests.Infrastructure;

/// <summary>The configuration most tests need: one FastCGI route for every path, one cluster, destinations a, b, c…</summary>
internal sealed record ProxyJson
{
    private IReadOnlyList<string> _addresses;

    public ProxyJson(params string[] addresses) => _addresses = addresses;

    /// <summary>Members of the route's FastCgi object. The default leaves all paths to the application.</summary>
    public string FastCgi { get; init; } = """ "CheckFile": "Off" """;

    /// <summary>Further members of the route.</summary>
    public string Route { get; init; } = "";

    /// <summary>Members of the cluster's FastCgi object.</summary>
    public string ClusterFastCgi { get; init; } = "";

    /// <summary>Further members of the cluster.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>Further members of each destination.</summary>
    public string Destination { get; init; } = "";

    /// <summary>The same for other destinations.</summary>
    public ProxyJson At(params string[] addresses) => this with { _addresses = addresses };

    public override string ToString() => $$"""
        {
          "Routes": {
            "site": {
              "ClusterId": "app",
              "Match": { "Path": "/{**path}" },
              "Transport": "fastcgi",
              "FastCgi": { {{FastCgi}} }{{Member(Route)}}
            }
          },
          "Clusters": {
            "app": {
              "FastCgi": { {{ClusterFastCgi}} },
              "Destinations": { {{string.Join(", ", _addresses.Select(Entry))}} }{{Member(Cluster)}}
            }
          }
        }
        """;

    private string Entry(string address, int index) => $$""" "{{(char)('a' + index)}}": { "Address": "{{address}}"{{Member(Destination)}} } """;

    private static string Member(string json) => json.Length == 0 ? "" : "," + json;
}
