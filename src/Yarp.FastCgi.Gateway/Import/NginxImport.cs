using System.Text.Json.Nodes;

namespace Yarp.FastCgi.Gateway.Import;

/// <summary>Translates the servers of an nginx configuration, a whole one or a file of sites-available, into a configuration of the gateway.</summary>
internal static class NginxImport
{
    /// <returns>The configuration; null when there is no server.</returns>
    /// <exception cref="NginxSyntaxException">The file is no configuration of nginx.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static JsonObject? Translate(string file, ImportReport report)
    {
        var main = NginxParser.ParseFile(file, report);
        var http = main.Where(static directive => directive.Name == "http").SelectMany(static directive => directive.Children).Concat(main.Where(static directive => directive.Name != "http")).ToList();
        var sites = new JsonObject();
        var listen = new ListenImport(report);
        foreach (var server in http.Where(static directive => directive is { Name: "server", Block: not null }))
        {
            sites[Name(server, sites)] = ServerImport.Translate(server, http, report);
            listen.Add(server, new NginxScope(server.Children, http));
        }

        if (sites.Count == 0)
        {
            return null;
        }

        DirectiveNotes.Report([.. http.Where(static directive => directive.Name != "server")], report);
        var configuration = new JsonObject { ["Gateway"] = new JsonObject { ["Sites"] = sites } };
        if (listen.Kestrel is { } kestrel)
        {
            configuration["Kestrel"] = kestrel;
        }

        return configuration;
    }

    /// <summary>The first host, with a number behind it when another server has it too.</summary>
    private static string Name(NginxDirective server, JsonObject taken)
    {
        var host = server.Children.FirstOrDefault(static child => child.Name == "server_name")?.Arguments.FirstOrDefault(static name => name.Length > 1 && char.IsAsciiLetterOrDigit(name[0])) ?? "site";
        var name = host;
        for (var i = 2; taken.ContainsKey(name); i++)
        {
            name = $"{host}-{i}";
        }

        return name;
    }
}
