using System.Text.Json.Nodes;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Import;

/// <summary>What directives become, and what is said about those that become nothing.</summary>
public sealed class NginxImportTests : IDisposable
{
    private const string Php = "location ~ \\.php$ { fastcgi_pass unix:/run/php.sock; include fastcgi_params; }";

    private readonly TempDirectory _directory = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _directory.Dispose();
        _output.Dispose();
        _error.Dispose();
    }

    [Theory]
    [InlineData("fastcgi_connect_timeout 3s;", "FastCgi:ConnectTimeout", "00:00:03")]
    [InlineData("fastcgi_read_timeout 5m;", "FastCgi:ResponseHeadTimeout", "00:05:00")]
    [InlineData("fastcgi_read_timeout 300;", "Cluster:HttpRequest:ActivityTimeout", "00:05:00")]
    [InlineData("fastcgi_keep_conn on;", "FastCgi:KeepAlive", "true")]
    [InlineData("fastcgi_request_buffering off;", "FastCgi:RequestBuffering", "false")]
    [InlineData("fastcgi_ignore_client_abort on;", "FastCgi:IgnoreClientAbort", "true")]
    [InlineData("fastcgi_buffer_size 64k;", "FastCgi:MaxResponseHeadSize", "65536")]
    [InlineData("fastcgi_param APP_ENV prod;", "Params:APP_ENV", "prod")]
    [InlineData("fastcgi_param X_CLIENT $remote_addr;", "Params:X_CLIENT", "{connection:remote-addr}")]
    [InlineData("fastcgi_param X_ID \"id-$http_x_request_id\";", "Params:X_ID", "id-{header:x-request-id}")]
    [InlineData("fastcgi_param A '{b}';", "Params:A", "{{b}}")]
    [InlineData("fastcgi_param PHP_VALUE \"memory_limit=256M \n upload_max_filesize=10M\";", "PhpValues:upload_max_filesize", "10M")]
    [InlineData("fastcgi_param PHP_ADMIN_VALUE \"open_basedir=/srv:/tmp\";", "PhpAdminValues:open_basedir", "/srv:/tmp")]
    [InlineData("fastcgi_param SCRIPT_FILENAME $realpath_root$fastcgi_script_name;", "FastCgi:ResolveRootSymlink", "true")]
    [InlineData("fastcgi_hide_header X-Powered-By;", "Route:Transforms:0:ResponseHeaderRemove", "X-Powered-By")]
    [InlineData("client_max_body_size 0;", "MaxRequestBodySize", "unlimited")]
    [InlineData("fastcgi_intercept_errors on; error_page 500 502 /error.php;", "FastCgi:ErrorPath", "/error.php")]
    public async Task Import_DirectiveOfTheApplication_IsItsOption(string directive, string key, string expected)
    {
        var site = await ImportSiteAsync($"server {{ root /srv; location ~ \\.php$ {{ fastcgi_pass unix:/run/php.sock; {directive} }} }}");

        Assert.Equal(expected, Value(site, key));
        Assert.Empty(_error.ToString());
    }

    [Theory]
    [InlineData("server_name .a.example b.example;", "Hosts", """["a.example","*.a.example","b.example"]""")]
    [InlineData("server_name _;", "Hosts", null)]
    [InlineData("location /static/ { alias /srv/files/; }", "Aliases:/static/", "/srv/files")]
    [InlineData("location /static/ { root /srv/other; }", "Aliases:/static/", "/srv/other/static")]
    [InlineData("location /files/ { internal; alias /srv/private/; }", "FastCgi:XAccelRedirect", "/files/=/srv/private")]
    [InlineData("location /a { return 410; }", "Answers:1:Status", "410")]
    [InlineData("location = /a { return 302 $scheme://$host/b$is_args$args; }", "Answers:0:Location", "{scheme}://{host}/b{query}")]
    [InlineData("rewrite ^/old/ /new permanent;", "Answers:0:Location", "/new")]
    [InlineData("if (!-e $request_filename) { rewrite ^ /index.php last; }", "TryFiles:2", "/index.php")]
    [InlineData("location / { try_files $uri @app; } location @app { rewrite ^ /index.php last; }", "TryFiles:1", "/index.php")]
    [InlineData("location ~* \\.(css|js)$ { expires 1h; add_header X-A b; }", "Static:0:CacheControl", "max-age=3600")]
    [InlineData("location ~* \\.(css|js)$ { expires 1h; add_header X-A b; }", "Static:0:Headers:X-A", "b")]
    [InlineData("location ~* \\.(css|js)$ { expires -1; }", "Static:0:CacheControl", "no-cache")]
    public async Task Import_DirectiveOfTheServer_IsAKeyOfTheSite(string directive, string key, string? expected)
        => Assert.Equal(expected, Value(await ImportSiteAsync($"server {{ root /srv; {directive} {Php} }}"), key));

    [Fact]
    public async Task Import_Upstream_IsTheDestinations()
    {
        var site = await ImportSiteAsync($"upstream php {{ least_conn; server 10.0.0.1:9000 weight=2; server unix:/run/b.sock; keepalive 8; }} server {{ root /srv; location ~ \\.php$ {{ fastcgi_pass php; }} }}");

        Assert.Equal("""["fastcgi://10.0.0.1:9000","unix:/run/b.sock"]""", site["App"]!.ToJsonString());
        Assert.Equal("LeastRequests", Value(site, "Cluster:LoadBalancingPolicy"));
        Assert.Equal("8", Value(site, "FastCgi:MaxIdleConnections"));
        Assert.Contains("server 10.0.0.1:9000 weight=2: weight=2: weights", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_ApplicationThatServesEveryPath_HasNoScripts()
    {
        var site = await ImportSiteAsync(
            "server { location /static/ { alias /srv/static/; } location / { include fastcgi_params; fastcgi_param PATH_INFO $fastcgi_script_name; fastcgi_pass 127.0.0.1:9000; } }");

        Assert.Equal("off", Value(site, "FastCgi:CheckFile"));
        Assert.Equal("false", Value(site, "RootFiles"));
        Assert.Equal("/srv/static", Value(site, "Aliases:/static/"));
        Assert.Null(site["Root"]);
    }

    [Fact]
    public async Task Import_ServersOfOneName_AreToldApartByTheirPorts()
    {
        var configuration = await ImportAsync(
            $$"""
            server { listen 80; listen [::]:80; server_name a.example; return 301 https://$host$request_uri; }
            server { listen 443 ssl; server_name a.example; ssl_certificate /a.pem; ssl_certificate_key /a.key; root /srv; {{Php}} }
            """);

        var sites = configuration["Gateway"]!["Sites"]!;
        Assert.Equal("a.example:80", (string?)sites["a.example"]!["Hosts"]);
        Assert.Equal("none", (string?)sites["a.example"]!["App"]);
        Assert.Equal("a.example:443", (string?)sites["a.example-2"]!["Hosts"]);
        var endpoints = configuration["Kestrel"]!["Endpoints"]!.AsObject();
        Assert.Equal(["http://*:80", "https://*:443"], endpoints.Select(endpoint => (string?)endpoint.Value!["Url"]));
        Assert.Equal("/a.pem", (string?)endpoints.Last().Value!["Sni"]!["a.example"]!["Certificate"]!["Path"]);
    }

    [Theory]
    [InlineData("location /api/ { proxy_pass http://localhost:5000; }", "nginx.conf:3: proxy_pass http://localhost:5000: an HTTP application is a route and a cluster below ReverseProxy")]
    [InlineData("limit_req zone=one;", "nginx.conf:3: limit_req zone=one: name a rate limiter policy")]
    [InlineData("if ($host = x) { return 403; }", "nginx.conf:3: if ($host = x): conditions are not translated")]
    [InlineData("frobnicate on;", "nginx.conf:3: frobnicate on: has no counterpart")]
    [InlineData("location ~ ^/(?!a) { return 404; }", "nginx.conf:3: location ~ ^/(?!a): the regular expression has no patterns that say the same")]
    [InlineData("location /x { return 301 /$arg_y; }", "nginx.conf:3: return 301 /$arg_y: $arg_y is not known here")]
    [InlineData("server_name ~^a;", "nginx.conf:3: server_name ~^a: ~^a: a host is a name")]
    [InlineData("location /b/ { fastcgi_pass unix:/run/other.sock; }", "nginx.conf:3: location /b/: another application")]
    public async Task Import_WhatHasNoCounterpart_IsToldWithItsPlace(string directive, string expected)
    {
        await ImportAsync($"server {{\n  root /srv; {Php}\n  {directive}\n}}");

        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("server { root /srv", "nginx.conf:1: the directive 'root' has no end")]
    [InlineData("events { }", "has no server block")]
    public async Task Import_NoConfigurationOfAServer_IsAnError(string text, string expected)
    {
        Assert.Equal(1, await RunAsync("import", _directory.WriteFile("nginx.conf", text)));

        Assert.Empty(_output.ToString());
        Assert.Contains(expected, _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_WholeConfiguration_HasTheServersOfItsFiles()
    {
        _directory.WriteFile("sites-enabled/one", $"server {{ server_name one.example; root /srv/one; {Php} }}");
        _directory.WriteFile("sites-enabled/two", $"server {{ server_name two.example; root /srv/two; {Php} }}");

        var configuration = await ImportAsync("user www-data; events { worker_connections 1; } http { sendfile on; include sites-enabled/*; }");

        Assert.Equal(["one.example", "two.example"], configuration["Gateway"]!["Sites"]!.AsObject().Select(site => site.Key));
        Assert.Empty(_error.ToString());
    }

    /// <summary>Numbers and booleans as text, everything else that is no text as JSON.</summary>
    private static string? Value(JsonNode site, string key)
    {
        JsonNode? node = site;

        // The names of aliases have no colons, so every colon is a step.
        foreach (var name in key.Split(':'))
        {
            node = node is JsonArray array ? array[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)] : node?[name];
        }

        return node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToJsonString();
    }

    private async Task<JsonNode> ImportSiteAsync(string nginx) => (await ImportAsync(nginx))["Gateway"]!["Sites"]!.AsObject().First().Value!;

    private async Task<JsonNode> ImportAsync(string nginx)
    {
        Assert.Equal(0, await RunAsync("import", _directory.WriteFile("nginx.conf", nginx)));
        var text = _output.ToString();
        using var ignored = new StringWriter();
        using var errors = new StringWriter();
        var isValid = await new GatewayCommand((_, _) => throw new InvalidOperationException()).RunAsync(["validate", _directory.WriteFile("gateway.json", text)], ignored, errors);
        Assert.True(isValid == 0, $"{errors}\n{text}");
        return JsonNode.Parse(text)!;
    }

    private Task<int> RunAsync(params string[] args) => new GatewayCommand((_, _) => throw new InvalidOperationException("Nothing is to be served.")).RunAsync(args, _output, _error);
}
