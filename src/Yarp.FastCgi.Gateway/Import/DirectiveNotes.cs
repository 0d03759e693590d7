using System.Collections.Frozen;

namespace Yarp.FastCgi.Gateway.Import;

/// <summary>What is said about directives that are not translated.</summary>
internal static class DirectiveNotes
{
    // Translated where they stand, or without any effect on what is served.
    private static readonly FrozenSet<string> Known = new[]
    {
        "access_log", "add_header", "alias", "allow", "autoindex_exact_size", "autoindex_localtime", "charset", "client_body_buffer_size", "client_body_temp_path", "client_body_timeout", "client_header_buffer_size",
        "client_header_timeout", "client_max_body_size", "default_type", "deny", "disable_symlinks", "error_log", "error_page", "etag", "events", "expires", "fastcgi_buffer_size", "fastcgi_buffering", "fastcgi_buffers",
        "fastcgi_busy_buffers_size", "fastcgi_connect_timeout", "fastcgi_hide_header", "fastcgi_ignore_client_abort", "fastcgi_index", "fastcgi_intercept_errors", "fastcgi_keep_conn", "fastcgi_max_temp_file_size",
        "fastcgi_param", "fastcgi_pass", "fastcgi_pass_header", "fastcgi_read_timeout", "fastcgi_request_buffering", "fastcgi_send_timeout", "fastcgi_socket_keepalive", "fastcgi_split_path_info", "fastcgi_temp_file_write_size",
        "fastcgi_temp_path", "gzip_static", "http2", "if_modified_since", "index", "internal", "keepalive_requests", "keepalive_timeout", "large_client_header_buffers", "listen", "location", "log_format", "log_not_found",
        "log_subrequest", "merge_slashes", "msie_padding", "open_file_cache", "open_file_cache_errors", "open_file_cache_min_uses", "open_file_cache_valid", "output_buffers", "pid", "port_in_redirect", "postpone_output",
        "proxy_buffer_size", "proxy_buffers", "reset_timedout_connection", "return", "rewrite", "root", "satisfy", "sendfile", "sendfile_max_chunk", "send_timeout", "server", "server_name", "server_name_in_redirect",
        "server_names_hash_bucket_size", "server_names_hash_max_size", "server_tokens", "set", "ssl_certificate", "ssl_certificate_key", "tcp_nodelay", "tcp_nopush", "try_files", "types", "types_hash_bucket_size", "types_hash_max_size",
        "upstream", "user", "worker_connections", "worker_processes", "worker_rlimit_nofile", "zone", "load_module", "http", "absolute_redirect", "variables_hash_max_size", "variables_hash_bucket_size", "error_log", "underscores_in_headers", "ignore_invalid_headers", "try",
    }.ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Reasons = new Dictionary<string, string>
    {
        ["auth_basic"] = "name a policy in 'Route:AuthorizationPolicy'",
        ["auth_request"] = "a FastCGI authorizer does this: 'Route:AuthorizationPolicy'",
        ["autoindex"] = "directories are never listed",
        ["fastcgi_cache"] = "responses are cached by an output cache policy on the route",
        ["fastcgi_next_upstream"] = "see 'FastCgi:Retries'; by default another destination is tried when nothing was executed",
        ["geo"] = "variables are not known here",
        ["gzip"] = "responses are compressed by the gateway's own setting; compressed copies beside files are sent anyway",
        ["if"] = "conditions are not translated, but for files that do not exist in front of a front controller",
        ["limit_conn"] = "'FastCgi:MaxConnections' and its queue bound what reaches the application",
        ["limit_rate"] = "an application can say X-Accel-Limit-Rate",
        ["limit_req"] = "name a rate limiter policy in 'Route:RateLimiterPolicy'",
        ["map"] = "variables are not known here",
        ["proxy_pass"] = "an HTTP application is a route and a cluster below ReverseProxy",
        ["resolver"] = "names are looked up by the system; Gateway:DnsRefresh looks them up again",
        ["real_ip_header"] = "forwarded headers are the gateway's own setting",
        ["set_real_ip_from"] = "forwarded headers are the gateway's own setting",
        ["ssl_protocols"] = "TLS is Kestrel's setting",
        ["ssl_ciphers"] = "TLS is Kestrel's setting",
        ["sub_filter"] = "bodies are not changed",
        ["uwsgi_pass"] = "let uWSGI listen with --fastcgi-socket, and make a site of it with the preset django",
        ["scgi_pass"] = "SCGI is not spoken here",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Adds a line for everything in a block, and below it, that is not translated.</summary>
    public static void Report(IReadOnlyList<NginxDirective> block, ImportReport report)
    {
        foreach (var directive in block)
        {
            if (FindReason(directive) is { } reason)
            {
                report.Add(directive, reason);
            }
            else if (directive.Name is not ("upstream" or "types" or "events" or "if"))
            {
                Report(directive.Children, report);
            }
        }
    }

    private static string? FindReason(NginxDirective directive)
        => directive is { Name: "gzip" or "autoindex" or "auth_basic", Arguments: ["off"] } ? null
            : directive.Name is "if" && FrontController.IsMissingFile(directive) ? null
            : Reasons.TryGetValue(directive.Name, out var reason) ? reason
            : Known.Contains(directive.Name) || HasGroup(directive.Name, "gzip_", "ssl_", "brotli_") ? null
            : HasGroup(directive.Name, "fastcgi_cache_") ? Reasons["fastcgi_cache"]
            : "has no counterpart";

    private static bool HasGroup(string name, params string[] groups) => Array.Exists(groups, group => name.StartsWith(group, StringComparison.Ordinal) && !Reasons.ContainsKey(name));
}
