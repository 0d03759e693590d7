using System.Globalization;
using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.Import;

/// <summary>The application of a location: where it is, its params, and what is said about the connections to it.</summary>
internal sealed class FastCgiImport(NginxScope scope, IReadOnlyList<NginxDirective> http, ImportReport report, ImportedSite site)
{
    private const string RealRoot = "$realpath_root";
    private const string Root = "$document_root";

    // What nginx's own files set, which is set here by itself.
    private static readonly HashSet<string> Standard =
    [
        "QUERY_STRING", "REQUEST_METHOD", "CONTENT_TYPE", "CONTENT_LENGTH", "SCRIPT_NAME", "REQUEST_URI", "DOCUMENT_URI", "DOCUMENT_ROOT", "SERVER_PROTOCOL", "REQUEST_SCHEME", "HTTPS", "GATEWAY_INTERFACE",
        "SERVER_SOFTWARE", "REMOTE_ADDR", "REMOTE_PORT", "REMOTE_USER", "SERVER_ADDR", "SERVER_PORT", "SERVER_NAME", "REDIRECT_STATUS", "PATH_INFO", "PATH_TRANSLATED", "HTTP_PROXY", "HTTP_HOST",
    ];

    /// <summary>Whether one script answers everything, so that no root is needed to find it.</summary>
    public bool HasOneScript { get; private set; }

    /// <summary>Whether the application is told no script at all: it serves every path itself.</summary>
    public bool HasNoScript { get; private set; }

    public void Translate()
    {
        AddAddresses(scope.Find("fastcgi_pass")!);
        AddParams();
        AddTimes();
        AddFlags();
        AddErrors();
        AddHiddenFields();
    }

    private void AddAddresses(NginxDirective pass)
    {
        var target = pass.Argument(0);
        if (target.Contains('$'))
        {
            report.Add(pass, "the address is a variable: set 'App'");
            site.Set(SiteKey.App, "unix:/run/php/php-fpm.sock");
            return;
        }

        if (http.FirstOrDefault(directive => directive.Name == "upstream" && directive.Argument(0) == target) is not { } upstream)
        {
            site.Set(SiteKey.App, Address(target));
            return;
        }

        site.Set(SiteKey.App, upstream.Children.Where(static child => child.Name == "server").Select(static server => Address(server.Argument(0))));
        foreach (var directive in upstream.Children)
        {
            switch (directive.Name)
            {
                case "server":
                    if (directive.Arguments.Skip(1).FirstOrDefault(static argument => !argument.StartsWith("max_fails", StringComparison.Ordinal) && !argument.StartsWith("fail_timeout", StringComparison.Ordinal)) is { } other)
                    {
                        report.Add(directive, $"{other}: weights, limits and spares are settings of a cluster's destinations (load-balancing.md)");
                    }

                    break;
                case "least_conn":
                    site.SetIn(SiteKey.Cluster, "LoadBalancingPolicy", "LeastRequests");
                    break;
                case "ip_hash":
                    site.SetIn(SiteKey.Cluster, "LoadBalancingPolicy", "IpHash");
                    break;
                case "keepalive":
                    SetNumber("MaxIdleConnections", directive);
                    break;
                case "zone" or "keepalive_timeout" or "keepalive_requests":
                    break;
                default:
                    report.Add(directive, "has no counterpart");
                    break;
            }
        }
    }

    private static string Address(string target) => target.StartsWith("unix:", StringComparison.Ordinal) ? target.TrimEnd(':') : $"fastcgi://{target}";

    private void AddParams()
    {
        var hasScript = false;
        foreach (var param in scope.FindAll("fastcgi_param"))
        {
            var (name, value) = (param.Argument(0), param.Argument(1));
            if (name == "SCRIPT_FILENAME")
            {
                hasScript = true;
                AddScript(param, value);
            }
            else if (name is "PHP_VALUE" or "PHP_ADMIN_VALUE")
            {
                AddPhpValues(param, name == "PHP_VALUE" ? SiteKey.PhpValues : SiteKey.PhpAdminValues, value);
            }
            else if (Standard.Contains(name) && (value.Length == 0 || value.Contains('$') || name is "HTTPS" or "REDIRECT_STATUS" or "GATEWAY_INTERFACE"))
            {
                if (name == "DOCUMENT_ROOT" && value == RealRoot)
                {
                    site.SetIn(SiteKey.FastCgi, "ResolveRootSymlink", true);
                }
            }
            else
            {
                AddParam(param, name, value);
            }
        }

        // fastcgi.conf, which is as good as nothing here, has it; a location without it tells the application no script.
        HasNoScript = !hasScript && scope.FindAll("fastcgi_param").Any(static param => param.Arguments is ["PATH_INFO", "$fastcgi_script_name" or "$uri" or "$document_uri", ..]);
    }

    private void AddScript(NginxDirective param, string value)
    {
        if (value.StartsWith(RealRoot, StringComparison.Ordinal))
        {
            site.SetIn(SiteKey.FastCgi, "ResolveRootSymlink", true);
            value = Root + value[RealRoot.Length..];
        }

        // The script that the path names, however it is put together, is what is looked for here.
        var rest = value.StartsWith(Root, StringComparison.Ordinal) ? value[Root.Length..] : scope.Value("root") is { } root && value.StartsWith(root, StringComparison.Ordinal) ? value[root.Length..] : value;
        if (rest.TrimStart('/') is "$fastcgi_script_name" or "$uri" or "$document_uri" or "$request_filename" or "")
        {
            return;
        }

        if (!rest.Contains('$'))
        {
            HasOneScript = true;
            var file = ReferenceEquals(rest, value) ? value : (scope.Value("root") ?? "").TrimEnd('/') + rest;
            site.SetIn(SiteKey.FastCgi, "ScriptFile", file);
        }
        else
        {
            report.Add(param, "the script is found by its path, below the root");
        }
    }

    private void AddPhpValues(NginxDirective param, SiteKey key, string text)
    {
        foreach (var line in text.Split(['\n', ';'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && !line.Contains('$'))
            {
                site.SetIn(key, line[..equals].Trim(), line[(equals + 1)..].Trim().Trim('"'));
            }
            else
            {
                report.Add(param, $"'{line}' is no setting with a fixed value");
            }
        }
    }

    private void AddParam(NginxDirective param, string name, string value)
    {
        var text = NginxValues.Expand(value, Variable, out var unknown, static plain => plain.Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal));
        if (unknown is not null)
        {
            report.Add(param, $"${unknown} is not known here");
        }
        else
        {
            site.SetIn(SiteKey.Params, name, text);
        }
    }

    private string? Variable(string name) => name switch
    {
        "host" or "http_host" => "{header:Host}",
        "remote_addr" => "{connection:remote-addr}",
        "remote_port" => "{connection:remote-port}",
        "server_addr" => "{connection:local-addr}",
        "server_port" => "{connection:local-port}",
        "connection" => "{connection:id}",
        "document_root" or "realpath_root" => scope.Value("root"),
        "server_name" => scope.Value("server_name"),
        _ when name.StartsWith("http_", StringComparison.Ordinal) => $"{{header:{name[5..].Replace('_', '-')}}}",
        _ => scope.FindAll("set").LastOrDefault(set => set.Argument(0) == "$" + name && !set.Argument(1).Contains('$'))?.Argument(1),
    };

    private void AddTimes()
    {
        SetTime("ConnectTimeout", "fastcgi_connect_timeout");
        if (SetTime("ResponseHeadTimeout", "fastcgi_read_timeout") is { } time)
        {
            site.Section(SiteKey.Cluster)["HttpRequest"] = new System.Text.Json.Nodes.JsonObject { ["ActivityTimeout"] = Text(time) };
        }
    }

    private void AddFlags()
    {
        if (scope.IsOn("fastcgi_keep_conn"))
        {
            site.SetIn(SiteKey.FastCgi, "KeepAlive", true);
        }

        if (scope.IsOn("fastcgi_ignore_client_abort"))
        {
            site.SetIn(SiteKey.FastCgi, "IgnoreClientAbort", true);
        }

        if (scope.Value("fastcgi_request_buffering") == "off")
        {
            site.SetIn(SiteKey.FastCgi, "RequestBuffering", false);
        }

        // 32 KiB are enough for all but those who have asked for more.
        if (scope.Value("fastcgi_buffer_size") is { } size && NginxValues.TryParseSize(size, out var bytes) && bytes is > 32 * 1024 and <= 1024 * 1024)
        {
            site.SetIn(SiteKey.FastCgi, "MaxResponseHeadSize", bytes);
        }
    }

    private void AddErrors()
    {
        if (!scope.IsOn("fastcgi_intercept_errors"))
        {
            return;
        }

        var statuses = new List<string>();
        foreach (var page in scope.FindAll("error_page"))
        {
            var target = page.Arguments[^1];
            var own = page.Arguments.SkipLast(1).Where(static argument => argument.Length == 3 && argument.All(char.IsAsciiDigit) && argument[0] is '4' or '5').ToList();
            if (!target.StartsWith('/') || !target.Contains(".php", StringComparison.Ordinal))
            {
                report.Add(page, "error pages are scripts of the application here ('FastCgi:ErrorPath'), or the gateway's own");
            }
            else
            {
                statuses.AddRange(own);
                site.SetIn(SiteKey.FastCgi, "ErrorPath", target);
            }
        }

        if (ImportedSite.List(statuses) is { } list)
        {
            site.SetIn(SiteKey.FastCgi, "InterceptErrors", list);
        }
    }

    private void AddHiddenFields()
    {
        var transforms = new System.Text.Json.Nodes.JsonArray();
        foreach (var hidden in scope.FindAll("fastcgi_hide_header"))
        {
            transforms.Add((System.Text.Json.Nodes.JsonNode)new System.Text.Json.Nodes.JsonObject { ["ResponseHeaderRemove"] = hidden.Argument(0), ["When"] = "Always" });
        }

        if (transforms.Count > 0)
        {
            site.SetIn(SiteKey.Route, "Transforms", transforms);
        }
    }

    private TimeSpan? SetTime(string option, string name)
    {
        if (scope.Find(name) is not { } directive)
        {
            return null;
        }

        if (!NginxValues.TryParseTime(directive.Argument(0), out var time) || time <= TimeSpan.Zero || time > TimeSpan.FromDays(24))
        {
            report.Add(directive, "is no time up to 24 days");
            return null;
        }

        site.SetIn(SiteKey.FastCgi, option, Text(time));
        return time;
    }

    private void SetNumber(string option, NginxDirective directive)
    {
        if (int.TryParse(directive.Argument(0), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            site.SetIn(SiteKey.FastCgi, option, number);
        }
    }

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);
}
