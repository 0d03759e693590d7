using System.Globalization;
using System.Net;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Applications.Tests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Applications.Tests.WordPress;

/// <summary>One WordPress behind the gateway and behind nginx with the configuration that WordPress documents: clients get the same, save for what the example's README lists.</summary>
public sealed class WordPressBehindNginxTests
{
    private const string Example = "wordpress";
    private const string Host = "blog.example";

    private static readonly string[] Targets =
    [
        "/", "/hello-world/", "/hello-world", "/?p=1", "/feed/", "/comments/feed/", "/wp-json/", "/wp-json/wp/v2/posts", "/no-such-post/", "/wp-admin/", "/wp-admin", "/wp-login.php", "/wp-cron.php", "/xmlrpc.php", "/wp-signup.php",
        "/robots.txt", "/favicon.ico", "/index.php", "/wp-sitemap.xml", "/author/owner/", "/?author=1", "/category/uncategorized/", "/page/2/", "/?s=hello", "/wp-includes/js/jquery/jquery.min.js?ver=3.6.1",
        "/wp-includes/css/dashicons.min.css", "/wp-content/themes/twentytwentythree/style.css", "/wp-content/themes/twentytwentythree/missing.css", "/wp-content/uploads/missing.png", "/wp-includes/", "/.htaccess", "/HELLO-WORLD/",
        "/hello-world/?replytocom=1", "/wp-config.php", "/readme.html", "/wp-includes/version.php", "/wp-admin/install.php", "/missing.php",
    ];

    [RequiresProgramFact(ExternalProgram.WordPress)]
    public async Task Requests_OfAVisitor_AreAnsweredAsBehindNginx()
    {
        await using var site = await WordPressSite.CreateAsync();
        await using var pool = await ExamplePool.StartAsync(Example);
        using var gateway = await ExampleGateway.StartAsync(
            Example,
            ExampleGateway.DirectoryOf(Example),
            new Dictionary<string, string> { ["Gateway__Sites__wordpress__Root"] = site.Root, ["Gateway__Sites__wordpress__App"] = pool.Address },
            number: 1);
        await using var nginx = await Nginx.StartAsync(
            $$"""
            include /etc/nginx/mime.types;
            root {{site.Root}};
            index index.php;
            client_max_body_size 64m;
            location = /favicon.ico { log_not_found off; access_log off; }
            location = /robots.txt { allow all; log_not_found off; access_log off; try_files $uri /index.php?$args; }
            location ~ /\. { deny all; }
            location ~* /(?:uploads|files)/.*\.php$ { deny all; }
            location / { try_files $uri $uri/ /index.php?$args; }
            location ~ \.php$ {
                include fastcgi.conf;
                fastcgi_param SERVER_NAME $host;
                fastcgi_intercept_errors on;
                fastcgi_pass {{pool.Address}};
            }
            location ~* \.(js|css|png|jpg|jpeg|gif|ico)$ { expires max; log_not_found off; }
            """);
        using var ours = Client(gateway.Url);
        using var theirs = Client($"http://{nginx.EndPoint}");
        await site.InstallAsync(ours, Host);

        var found = new List<string>();
        foreach (var target in Targets)
        {
            var (here, there) = (await DescribeAsync(ours, target), await DescribeAsync(theirs, target));
            if (here != there)
            {
                found.Add($"| `{target}` | {here} | {there} |");
            }
        }

        Assert.Equal(string.Join('\n', Documented()), string.Join('\n', found));
    }

    /// <summary>The differences in the README of the example, without the reasons: no difference stands nowhere, and none that is gone stays there.</summary>
    private static IEnumerable<string> Documented()
        => File.ReadLines(Path.Combine(ExampleGateway.DirectoryOf(Example), "README.md"))
            .Where(line => line.StartsWith("| `/", StringComparison.Ordinal))
            .Select(line => string.Join('|', line.Split('|')[..4]) + "|");

    private static HttpClient Client(string url)
        => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(url), Timeout = Visitor.Patience, DefaultRequestHeaders = { Host = Host } };

    /// <summary>What a browser goes by: status, where a redirect leads, type and length, cookies by name and attributes, and whether WordPress had a part in it.</summary>
    private static async Task<string> DescribeAsync(HttpClient client, string target)
    {
        using var response = await client.GetAsync(new Uri(target, UriKind.Relative));
        var body = await response.Content.ReadAsByteArrayAsync();
        var cookies = response.Headers.TryGetValues(HeaderNames.SetCookie, out var values)
            ? values.Select(value => SetCookieHeaderValue.Parse(value)).Select(cookie => $"{cookie.Name} path={cookie.Path} httponly={cookie.HttpOnly}")
            : [];
        var isPage = response.Headers.TryGetValues(HeaderNames.Link, out var links) && links.Any(link => link.Contains("api.w.org", StringComparison.Ordinal));
        string[] parts =
        [
            ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture),
            response.Headers.Location is { } location ? $"to {(location.IsAbsoluteUri ? location.PathAndQuery : location.OriginalString)}" : "",
            response.StatusCode == HttpStatusCode.OK ? $"{response.Content.Headers.ContentType?.MediaType}, {body.Length} bytes" : "",
            isPage ? "by WordPress" : "",
            .. cookies.Order(StringComparer.Ordinal),
        ];
        return string.Join(", ", parts.Where(part => part.Length > 0));
    }
}
