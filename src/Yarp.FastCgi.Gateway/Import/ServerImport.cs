using System.Text.Json.Nodes;
using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.Import;

/// <summary>A server block as a site.</summary>
internal static class ServerImport
{
    private static readonly string[] DefaultIndex = ["index.html"];

    /// <param name="server">The block.</param>
    /// <param name="http">The directives around it, its neighbours included.</param>
    /// <param name="report">Receives what is not translated.</param>
    public static JsonObject Translate(NginxDirective server, IReadOnlyList<NginxDirective> http, ImportReport report)
    {
        var site = new ImportedSite();
        var block = server.Children;
        var scope = new NginxScope(block, http);
        site.Set(SiteKey.Hosts, ServerHosts.Find(server, http, report));

        var locations = NginxLocation.InOrder(block).ToList();
        var catchAll = locations.Find(static location => location.IsCatchAll);
        var application = FindApplication(locations, report) ?? NginxLocation.Named(block).FirstOrDefault(static location => location.Has("fastcgi_pass"));
        var inner = application is null ? scope : scope.Inside(application.Directive.Children);
        var root = inner.Value("root") ?? catchAll?.Find("root")?.Argument(0);
        var front = FrontController.Find(catchAll?.Directive.Children ?? [], block, report) ?? FrontController.Find(block, block, report) ?? ["{path}", "{path}/"];

        FastCgiImport? fastCgi = null;
        if (application is null)
        {
            site.Set(SiteKey.App, "none");
        }
        else
        {
            fastCgi = new FastCgiImport(inner, http, report, site);
            fastCgi.Translate();
        }

        AddRoot(site, root, application, fastCgi, scope, front, report);
        AddFields(scope, site, report);
        AddBodySize(inner, site, report);
        new LocationImport(block, root, front, report, site).Translate(locations);
        DirectiveNotes.Report(block, report);
        return site.Json;
    }

    private static NginxLocation? FindApplication(List<NginxLocation> locations, ImportReport report)
    {
        var all = locations.FindAll(static location => location.Has("fastcgi_pass"));
        var first = all.Find(static location => location.IsRegex && location.Pattern.Contains("php", StringComparison.Ordinal)) ?? all.FirstOrDefault();
        foreach (var other in all.Where(location => location.Find("fastcgi_pass")!.Argument(0) != first!.Find("fastcgi_pass")!.Argument(0)))
        {
            report.Add(other.Directive, "another application: make a site of it, with 'Path' if it is below this one; its paths go to the first application now");
        }

        return first;
    }

    private static void AddRoot(
        ImportedSite site, string? root, NginxLocation? application, FastCgiImport? fastCgi, NginxScope scope, IReadOnlyList<string> front, ImportReport report)
    {
        // An application behind a prefix that is told no script serves every path itself.
        if (application is { IsPrefix: true } && fastCgi is { HasNoScript: true } or { HasOneScript: true })
        {
            site.SetIn(SiteKey.FastCgi, "CheckFile", "off");
            site.Json["RootFiles"] = false;
            return;
        }

        if (application is { Modifier: "@" } && fastCgi is { HasNoScript: true })
        {
            site.SetIn(SiteKey.FastCgi, "CheckFile", "off");
        }

        if (root is not null && root.StartsWith('/') && !root.Contains('$'))
        {
            site.Set(SiteKey.Root, root.Length > 1 ? root.TrimEnd('/') : root);
        }
        else if (scope.Find("root") is { } directive)
        {
            report.Add(directive, "the root has a variable, or is relative to nginx's directory: set 'Root'");
        }
        else if (application is not null)
        {
            report.Add(application.Directive, "no root was found: set 'Root'");
        }

        site.Set(SiteKey.Index, scope.FindAll("index").SelectMany(static index => index.Arguments).Where(static name => !name.Contains('$') && !name.Contains('/')).DefaultIfEmpty(DefaultIndex[0]));
        site.Set(SiteKey.TryFiles, front);
    }

    private static void AddFields(NginxScope scope, ImportedSite site, ImportReport report)
    {
        foreach (var field in scope.FindAll("add_header"))
        {
            _ = NginxValues.Expand(field.Argument(1), static _ => null, out var unknown);
            if (unknown is not null)
            {
                report.Add(field, $"${unknown} is not known here");
            }
            else if (field.Argument(1).Length > 0)
            {
                site.SetIn(SiteKey.Headers, field.Argument(0), field.Argument(1));
            }
        }
    }

    private static void AddBodySize(NginxScope scope, ImportedSite site, ImportReport report)
    {
        if (scope.Find("client_max_body_size") is not { } directive)
        {
            return;
        }

        if (NginxValues.TryParseSize(directive.Argument(0), out var bytes))
        {
            site.Set(SiteKey.MaxRequestBodySize, bytes == 0 ? "unlimited" : directive.Argument(0).ToUpperInvariant());
        }
        else
        {
            report.Add(directive, "is no size");
        }
    }
}
