using System.Globalization;
using System.Text.Json.Nodes;
using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.Import;

/// <summary>The locations of a server as rules: what is answered, what goes on, and with which fields files are sent.</summary>
internal sealed class LocationImport(IReadOnlyList<NginxDirective> server, string? root, IReadOnlyList<string> front, ImportReport report, ImportedSite site)
{
    private const string All = "/**.php";
    private const string ScriptExtension = ".php";

    private readonly List<JsonObject> _rules = [];
    private readonly List<string> _scripts = [];
    private bool _hasAllScripts;

    /// <param name="locations">In the order in which nginx chooses them.</param>
    public void Translate(IReadOnlyList<NginxLocation> locations)
    {
        AddServerRules();
        foreach (var location in locations)
        {
            if (location.Patterns is null)
            {
                // Names that begin with a dot are the usual case, and are never served here anyway.
                report.Add(location.Directive, location.Pattern.StartsWith("/\\.", StringComparison.Ordinal)
                    ? "not needed: names that begin with a dot are 404 here, but for /.well-known/"
                    : "the regular expression has no patterns that say the same");
                continue;
            }

            Add(location, location.Patterns);
            AddFields(location, location.Patterns);
        }

        while (_rules.Count > 0 && _rules[^1].Count == 1)
        {
            _rules.RemoveAt(_rules.Count - 1);
        }

        foreach (var rule in _rules)
        {
            site.AddRule(SiteKey.Answers, rule);
        }

        AddScripts();
    }

    // What the server says outside of locations comes before them.
    private void AddServerRules()
    {
        foreach (var directive in server)
        {
            if (directive.Name == "return")
            {
                AddReturn(["/"], directive);
            }
            else if (directive.Name == "rewrite")
            {
                AddRewrite(RegexPatterns.Convert(directive.Argument(0)), directive);
            }
        }
    }

    private void Add(NginxLocation location, IReadOnlyList<string> patterns)
    {
        if (location.Find("return") is { } answer)
        {
            AddReturn(patterns, answer);
        }
        else if (location.Directive.Children.Any(static child => child is { Name: "deny", Arguments: ["all"] }))
        {
            if (location.Find("allow") is { } allow)
            {
                report.Add(allow, "addresses are not told apart here: everybody is refused");
            }

            AddStatus(patterns, StatusCodes.Status403Forbidden);
        }
        else if (location.Has("fastcgi_pass"))
        {
            AddApplication(location, patterns);
        }
        else if (location.Has("proxy_pass") || location.Has("uwsgi_pass") || location.Has("scgi_pass"))
        {
            AddStatus(patterns, StatusCodes.Status404NotFound);
        }
        else if (location.Has("internal"))
        {
            AddInternal(location, patterns);
        }
        else if (location.Find("rewrite") is { } rewrite)
        {
            AddRewrite(location.IsCatchAll ? RegexPatterns.Convert(rewrite.Argument(0)) : patterns, rewrite);
        }
        else
        {
            AddFiles(location, patterns);
        }
    }

    private void AddReturn(IReadOnlyList<string> patterns, NginxDirective answer)
    {
        var isStatus = int.TryParse(answer.Argument(0), NumberStyles.None, CultureInfo.InvariantCulture, out var status);
        if (!isStatus)
        {
            AddRedirect(patterns, answer, StatusCodes.Status302Found, answer.Argument(0));
        }
        else if (status == 444)
        {
            report.Add(answer, "a connection is not closed without an answer: 404");
            AddStatus(patterns, StatusCodes.Status404NotFound);
        }
        else if (status is 301 or 302 or 303 or 307 or 308)
        {
            AddRedirect(patterns, answer, status, answer.Argument(1));
        }
        else
        {
            if (answer.Arguments.Count > 1)
            {
                report.Add(answer, "the text is left out: an answer has a status alone");
            }

            AddStatus(patterns, status is >= 200 and <= 204 or >= 400 and <= 599 ? status : StatusCodes.Status404NotFound);
        }
    }

    private void AddRedirect(IReadOnlyList<string> patterns, NginxDirective directive, int status, string target)
    {
        var location = NginxValues.Expand(target, static name => name switch
        {
            "request_uri" => "{uri}",
            "uri" or "document_uri" => "{path}",
            "is_args" => "",
            "args" or "query_string" => "{query}",
            "host" or "http_host" or "server_name" => "{host}",
            "scheme" => "{scheme}",
            _ => null,
        }, out var unknown).Replace("?{query}", "{query}", StringComparison.Ordinal);
        if (unknown is not null || RedirectLocation.FindError(location) is not null || location.Length == 0)
        {
            report.Add(directive, unknown is null ? "no location that can be said here" : $"${unknown} is not known here");
            return;
        }

        AddRule(patterns, ("Status", status), ("Location", location));
    }

    private void AddRewrite(IReadOnlyList<string>? patterns, NginxDirective rewrite)
    {
        if (patterns is null)
        {
            report.Add(rewrite, "the regular expression has no patterns that say the same");
        }
        else if (rewrite.Argument(2) is "permanent" or "redirect" || rewrite.Argument(1).StartsWith("http", StringComparison.Ordinal))
        {
            AddRedirect(patterns, rewrite, rewrite.Argument(2) == "permanent" ? StatusCodes.Status301MovedPermanently : StatusCodes.Status302Found, rewrite.Argument(1));
        }
        else if (FrontController.Target(rewrite) is { } target)
        {
            AddRule(patterns, ("Rewrite", target));
        }
        else
        {
            report.Add(rewrite, "parts of the path cannot be put together anew");
        }
    }

    private void AddApplication(NginxLocation location, IReadOnlyList<string> patterns)
    {
        if (location.Has("internal"))
        {
            // What a client asks for itself; the front controller is found all the same.
            AddRule(patterns, ("Status", StatusCodes.Status404NotFound));
        }
        else if (location.IsPrefix)
        {
            AddRule(patterns);
            _hasAllScripts = true;
            return;
        }
        else
        {
            // A script that is missing is not the front controller's, unless the location says so.
            AddFiles(location, patterns);
        }

        var allowed = FindAllowed(location) ?? patterns;
        foreach (var pattern in allowed)
        {
            var end = pattern.IndexOf(ScriptExtension, StringComparison.OrdinalIgnoreCase);
            var script = end < 0 ? pattern : pattern[..(end + ScriptExtension.Length)];
            if (script is All or "/**/*.php" || !script.StartsWith('/'))
            {
                _hasAllScripts = true;
            }
            else if (!_hasAllScripts)
            {
                _scripts.Add(script);
            }
        }
    }

    /// <summary><c>rewrite ^/(?!index|remote) …</c> in front of <c>fastcgi_pass</c> lets the named scripts run and no others.</summary>
    private IReadOnlyList<string>? FindAllowed(NginxLocation location)
    {
        const string Begin = "^/(?!";
        if (location.Find("rewrite") is not { } rewrite)
        {
            return null;
        }

        var regex = rewrite.Argument(0);
        var allowed = regex.StartsWith(Begin, StringComparison.Ordinal) && regex.EndsWith(')') ? RegexPatterns.Convert($"^/({regex[Begin.Length..^1]}).*\\.php$") : null;
        report.Add(rewrite, allowed is null ? "what runs cannot be told by patterns: set 'Scripts'" : "other scripts are 404");
        return allowed;
    }

    private void AddInternal(NginxLocation location, IReadOnlyList<string> patterns)
    {
        var directory = location.Find("alias")?.Argument(0) ?? (location.Find("root") is { } own ? own.Argument(0).TrimEnd('/') + location.Pattern : null);
        if (location.IsPrefix && directory is not null && directory.StartsWith('/') && !directory.Contains('$'))
        {
            site.SetIn(SiteKey.FastCgi, "XAccelRedirect", $"{location.Pattern.TrimEnd('/')}/={directory.TrimEnd('/')}");
        }
        else
        {
            report.Add(location.Directive, "what an application names in X-Accel-Redirect is found by 'FastCgi:XAccelRedirect'");
        }

        AddStatus(patterns, StatusCodes.Status404NotFound);
    }

    private void AddFiles(NginxLocation location, IReadOnlyList<string> patterns)
    {
        if (location.Find("alias") is { } alias)
        {
            AddAlias(location, alias, patterns);
            return;
        }

        if (location.IsPrefix && location.Find("root") is { } own && own.Argument(0) != root && own.Argument(0).StartsWith('/') && !location.IsCatchAll)
        {
            site.SetIn(SiteKey.Aliases, location.Pattern.TrimEnd('/') + "/", own.Argument(0).TrimEnd('/') + location.Pattern.TrimEnd('/'));
        }

        var tryFiles = FrontController.Find(location.Directive.Children, server, report) ?? FrontController.Find(server, server, report);
        if (location.IsCatchAll)
        {
            // The site's own TryFiles.
            return;
        }

        var target = tryFiles is [.., var last] && !last.Contains("{path}", StringComparison.Ordinal) ? last : tryFiles is [.., ['/', ..] withPath] ? withPath : null;
        if (target is null)
        {
            AddRule(patterns, ("FilesOnly", true));
        }
        else if (front.Contains(target))
        {
            AddRule(patterns);
        }
        else
        {
            AddRule(patterns, ("FilesOnly", true), ("Rewrite", target));
        }
    }

    private void AddAlias(NginxLocation location, NginxDirective alias, IReadOnlyList<string> patterns)
    {
        var path = alias.Argument(0);
        if (location.IsPrefix && location.Pattern.Length > 1 && path.StartsWith('/') && !path.Contains('$'))
        {
            site.SetIn(SiteKey.Aliases, location.Pattern.TrimEnd('/') + "/", path.TrimEnd('/'));
            AddRule(patterns, ("FilesOnly", true));
        }
        else if (location.Modifier == "=" && root is not null && path.StartsWith(root.TrimEnd('/') + "/", StringComparison.Ordinal))
        {
            AddRule(patterns, ("Rewrite", path[root.TrimEnd('/').Length..]));
        }
        else
        {
            report.Add(alias, "only a directory for a prefix, or a file below the root for one path, can be said here");
        }
    }

    private void AddStatus(IReadOnlyList<string> patterns, int status)
    {
        AddRule(patterns, ("Status", status));
        if (!_hasAllScripts)
        {
            // It holds for the script of a directory as well, which nginx finds by another round through the locations.
            _scripts.AddRange(patterns.Where(static pattern => !pattern.EndsWith('$') && pattern != "/").Select(static pattern => "!" + pattern));
        }
    }

    private void AddRule(IReadOnlyList<string> patterns, params (string Name, JsonNode Value)[] members)
    {
        var rule = new JsonObject { ["Match"] = ImportedSite.List(patterns.Select(Shorten)) };
        foreach (var (name, value) in members)
        {
            rule[name] = value;
        }

        _rules.Add(rule);
    }

    private void AddScripts()
    {
        if (_hasAllScripts)
        {
            _scripts.Add("/");
        }

        if (_scripts.Exists(static script => script != "/"))
        {
            site.Set(SiteKey.Scripts, _scripts);
        }
    }

    private void AddFields(NginxLocation location, IReadOnlyList<string> patterns)
    {
        if (location.Has("fastcgi_pass") || location.Has("return") || location.IsCatchAll)
        {
            return;
        }

        var cacheControl = new List<string>();
        if (location.Find("expires") is { } expires && Expires(expires) is { } age)
        {
            cacheControl.Add(age);
        }

        var headers = new JsonObject();
        foreach (var field in location.Directive.Children.Where(static child => child.Name == "add_header"))
        {
            var value = NginxValues.Expand(field.Argument(1), static _ => null, out var unknown);
            if (unknown is not null)
            {
                report.Add(field, $"${unknown} is not known here and left out");
            }

            value = value.Trim().TrimEnd(',', ';').Trim();
            if (field.Argument(0).Equals("Cache-Control", StringComparison.OrdinalIgnoreCase) && value.Length > 0)
            {
                cacheControl.Add(value);
            }
            else if (value.Length > 0)
            {
                headers[field.Argument(0)] = value;
            }
        }

        if (cacheControl.Count + headers.Count == 0)
        {
            return;
        }

        var rule = new JsonObject { ["Match"] = ImportedSite.List(patterns.Select(Shorten)) };
        if (cacheControl.Count > 0)
        {
            rule["CacheControl"] = string.Join(", ", cacheControl);
        }

        if (headers.Count > 0)
        {
            rule["Headers"] = headers;
        }

        site.AddRule(SiteKey.Static, rule);
    }

    /// <summary>What any directory may be in front of is written by its last segment: <c>*.css</c>.</summary>
    private static string Shorten(string pattern)
        => pattern.StartsWith("/**.", StringComparison.Ordinal) && !pattern.AsSpan(3).ContainsAny('/', '*', '$') ? pattern[2..] : pattern;

    private string? Expires(NginxDirective expires)
    {
        switch (expires.Arguments)
        {
            case ["off"]:
                return null;
            case ["max"]:
                return "max-age=315360000";
            case ["epoch"] or [['-', ..]]:
                return "no-cache";
            case [var text] when NginxValues.TryParseTime(text, out var time):
                return string.Create(CultureInfo.InvariantCulture, $"max-age={(long)time.TotalSeconds}");
            default:
                report.Add(expires, "only a time from now on can be said here");
                return null;
        }
    }
}
