namespace Yarp.FastCgi.FunctionalTests.Authorization;

/// <summary>The configuration of these tests: every path goes to the cluster "app" once the authorizers of the cluster "auth" have allowed it.</summary>
internal sealed record AuthorizedJson(string Application, params string[] Authorizers)
{
    /// <summary>The policy of the route; empty for none.</summary>
    public string Policy { get; init; } = "FastCgiAuthorizer:auth";

    /// <summary>Members of the cluster "app"; an HTTP cluster has none.</summary>
    public string ApplicationCluster { get; init; } = """ "Transport": "fastcgi" """;

    /// <summary>Members of the FastCgi object of the cluster "app".</summary>
    public string FastCgi { get; init; } = """ "CheckFile": "Off" """;

    /// <summary>Further members of the route.</summary>
    public string Route { get; init; } = "";

    /// <summary>Members of the FastCgi object of the cluster "auth".</summary>
    public string AuthorizerFastCgi { get; init; } = "";

    /// <summary>Further members of the cluster "auth".</summary>
    public string AuthorizerCluster { get; init; } = "";

    public override string ToString()
    {
        var destinations = Authorizers.Select((address, index) => $$""" "{{(char)('a' + index)}}": { "Address": "{{address}}" } """);
        var policy = Policy.Length == 0 ? "" : $", \"AuthorizationPolicy\": \"{Policy}\"";
        var application = FastCgi.Length == 0 ? ApplicationCluster : $$"""{{ApplicationCluster}}, "FastCgi": { {{FastCgi}} }""";
        return $$"""
            {
              "Routes": { "site": { "ClusterId": "app", "Match": { "Path": "/{**path}" }{{policy}}{{Member(Route)}} } },
              "Clusters": {
                "app": { "Destinations": { "a": { "Address": "{{Application}}" } }{{Member(application)}} },
                "auth": {
                  "Transport": "fastcgi",
                  "FastCgi": { {{AuthorizerFastCgi}} },
                  "Destinations": { {{string.Join(", ", destinations)}} }{{Member(AuthorizerCluster)}}
                }
              }
            }
            """;
    }

    private static string Member(string json) => json.Length == 0 ? "" : "," + json;
}
