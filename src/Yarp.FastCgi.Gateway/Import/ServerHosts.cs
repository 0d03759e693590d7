namespace Yarp.FastCgi.Gateway.Import;

/// <summary>The hosts of a server. Where several servers have one name, as those that redirect to HTTPS do, the port tells them apart.</summary>
internal static class ServerHosts
{
    private const string AnyHost = "*";

    public static IEnumerable<string> Find(NginxDirective server, IReadOnlyList<NginxDirective> http, ImportReport report)
    {
        var names = Names(server, report);
        var others = http.Where(other => other is { Name: "server", Block: not null } && !ReferenceEquals(other, server)).ToList();
        var isShared = others.Exists(other => Names(other, report: null) is var theirs && (theirs.Count == 0 ? names.Count == 0 : theirs.Intersect(names).Any()));
        return isShared ? (names.Count == 0 ? [AnyHost] : names).SelectMany(name => Ports(server).Select(port => $"{name}:{port}")) : names;
    }

    private static List<string> Names(NginxDirective server, ImportReport? report)
    {
        var hosts = new List<string>();
        foreach (var directive in server.Children.Where(static child => child.Name == "server_name"))
        {
            foreach (var name in directive.Arguments.Where(static name => name is not ("_" or "")))
            {
                if (name[0] == '~' || name.EndsWith(".*", StringComparison.Ordinal) || name.Contains('$'))
                {
                    report?.Add(directive, $"{name}: a host is a name, or has *. in front");
                }
                else
                {
                    hosts.AddRange(name[0] == '.' ? [name[1..], "*" + name] : [name]);
                }
            }
        }

        return hosts;
    }

    private static IEnumerable<string> Ports(NginxDirective server)
        => server.Children.Where(static child => child.Name == "listen")
            .Select(static listen => listen.Argument(0))
            .Where(static address => !address.StartsWith("unix:", StringComparison.Ordinal))
            .Select(static address => address.All(char.IsAsciiDigit) ? address : address.LastIndexOf(':') is var colon && colon > address.LastIndexOf(']') ? address[(colon + 1)..] : "80")
            .DefaultIfEmpty("80")
            .Distinct();
}
