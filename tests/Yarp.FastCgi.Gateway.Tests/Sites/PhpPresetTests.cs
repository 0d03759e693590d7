using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Sites;

/// <summary>The presets of PHP applications, each with a made-up tree and a real php-fpm.</summary>
public class PhpPresetTests
{
    private const string NotFound = "404";

    public static TheoryData<string, string[], string[]> Sites => new()
    {
        {
            "php",
            ["index.php", "sub/page.php", "docs/index.html", "a.css", ".env", "page.php~", "dump.sql"],
            [
                "/ = ran /index.php||", "/pretty/url = ran /index.php||", "/sub/page.php/a/b = ran /sub/page.php|/a/b|", "/docs/ = the file", "/docs = 308 /docs/",
                "/a.css = the file", "/.env = 404", "/page.php~ = 404", "/dump.sql = 404", "/a.css/x.php = 404",
            ]
        },
        {
            "wordpress",
            [
                "index.php", "wp-login.php", "wp-config.php", "wp-config.php.bak", "wp-config-sample.php", "wp-admin/index.php", "wp-admin/includes/file.php", "wp-includes/version.php",
                "wp-includes/js/jquery.js", "wp-includes/js/tinymce/wp-tinymce.php", "wp-content/uploads/2024/image.png", "wp-content/uploads/evil.php", "wp-content/uploads/evil.PHP5",
                "wp-content/uploads/dir/index.php", "wp-content/plugins/shop/ajax.php", "wp-content/debug.log", "readme.html", "xmlrpc.php",
            ],
            [
                "/ = ran /index.php||", "/2024/05/hello-world/ = ran /index.php||", "/?p=1 = ran /index.php||", "/wp-json/wp/v2/posts = ran /index.php||", "/wp-login.php = ran /wp-login.php||",
                "/wp-admin/ = ran /wp-admin/index.php||", "/wp-admin = 308 /wp-admin/", "/wp-content/plugins/shop/ajax.php = ran /wp-content/plugins/shop/ajax.php||", "/xmlrpc.php = ran /xmlrpc.php||",
                "/wp-content/uploads/2024/image.png = the file", "/wp-includes/js/jquery.js = the file", "/wp-includes/js/tinymce/wp-tinymce.php = ran /wp-includes/js/tinymce/wp-tinymce.php||",
                "/wp-config.php = 404", "/wp-config.php.bak = 404", "/WP-CONFIG.PHP = 404", "/wp-includes/version.php = 404", "/wp-admin/includes/file.php = 404", "/wp-content/uploads/evil.php = 404",
                "/wp-content/uploads/evil.php/x = 404", "/wp-content/uploads/evil.PHP5 = 404", "/wp-content/uploads/dir/ = 404", "/wp-content/uploads/2024/image.png/x.php = 404",
                "/wp-content/debug.log = 404", "/readme.html = 404", "/wp-content/uploads/%65vil.php = 404",
            ]
        },
        {
            "laravel",
            ["index.php", "build/assets/app-1a2b.js", "storage/avatar.png", "storage/evil.php", "other.php", ".htaccess", "robots.txt"],
            [
                "/ = ran /index.php||", "/users/1 = ran /index.php||", "/index.php/users/1 = ran /index.php|/users/1|", "/build/assets/app-1a2b.js = the file", "/storage/avatar.png = the file",
                "/robots.txt = the file", "/storage/evil.php = 404", "/other.php = 404", "/.htaccess = 404", "/missing.png = ran /index.php||",
            ]
        },
        {
            "symfony",
            ["index.php", "assets/app-1a2b.css", "bundles/admin/logo.svg", "uploads/evil.php", "check.php"],
            [
                "/ = ran /index.php||", "/blog/post = ran /index.php||", "/index.php/blog = ran /index.php|/blog|", "/assets/app-1a2b.css = the file", "/bundles/admin/logo.svg = the file",
                "/uploads/evil.php = 404", "/check.php = 404", "/_profiler/phpinfo = ran /index.php||",
            ]
        },
        {
            "drupal",
            [
                "index.php", "update.php", "core/install.php", "core/misc/drupal.js", "core/lib/Drupal.php", "core/core.services.yml", "core/CHANGELOG.txt", "modules/x/x.module", "sites/default/settings.php",
                "sites/default/files/image.png", "sites/default/files/evil.php", "sites/default/files/sub/index.php", "sites/default/private/secret.png", "vendor/autoload.php", "vendor/package.js", "composer.json",
                "themes/x/x.html.twig",
            ],
            [
                "/ = ran /index.php||", "/node/1 = ran /index.php||", "/sites/default/files/styles/thumbnail/public/image.png = ran /index.php||", "/update.php/selection = ran /update.php|/selection|",
                "/core/install.php = ran /core/install.php||", "/core/misc/drupal.js = the file", "/sites/default/files/image.png = the file",
                "/core/lib/Drupal.php = 404", "/core/core.services.yml = 404", "/core/CHANGELOG.txt = 404", "/modules/x/x.module = 404", "/sites/default/settings.php = 404", "/sites/default/files/evil.php = 404",
                "/sites/default/files/evil.php/x = 404", "/sites/default/files/sub/ = ran /index.php||", "/sites/default/private/secret.png = 404", "/vendor/autoload.php = 404", "/vendor/package.js = 404",
                "/composer.json = 404", "/themes/x/x.html.twig = 404",
            ]
        },
        {
            "joomla",
            ["index.php", "administrator/index.php", "api/index.php", "configuration.php", "images/logo.png", "images/evil.php", "media/x/index.php", "media/x/a.js", "tmp/a.txt", "htaccess.txt", "libraries/loader.php"],
            [
                "/ = ran /index.php||", "/blog/a-post = ran /index.php||", "/index.php/blog = ran /index.php|/blog|", "/administrator/ = ran /administrator/index.php||", "/api/index.php/v1/x = ran /api/index.php|/v1/x|",
                "/images/logo.png = the file", "/media/x/a.js = the file", "/images/evil.php = 404", "/media/x/ = 404", "/configuration.php = 404", "/tmp/a.txt = 404", "/htaccess.txt = 404", "/libraries/loader.php = 404",
            ]
        },
        {
            "mediawiki",
            [
                "index.php", "api.php", "load.php", "rest.php", "includes/Setup.php", "includes/a.js", "maintenance/run.php", "images/a/ab/Foo.png", "images/evil.php", "images/deleted/a/b.png", "skins/Vector/a.css",
                "skins/Vector/x.php", "resources/a.js", "LocalSettings.php", "composer.json", "vendor/a.js",
            ],
            [
                "/ = ran /index.php||", "/wiki/Main_Page = ran /index.php||", "/wiki/File:Foo.png = ran /index.php||", "/wiki/A/B = ran /index.php||", "/index.php?title=X = ran /index.php||", "/index.php/Main_Page = ran /index.php|/Main_Page|",
                "/api.php?action=query = ran /api.php||", "/rest.php/v1/page/X = ran /rest.php|/v1/page/X|", "/images/a/ab/Foo.png = the file", "/skins/Vector/a.css = the file", "/resources/a.js = the file",
                "/includes/Setup.php = 404", "/includes/a.js = 404", "/maintenance/run.php = 404", "/images/evil.php = 404", "/images/deleted/a/b.png = 404", "/skins/Vector/x.php = 404", "/LocalSettings.php = 404",
                "/composer.json = 404", "/vendor/a.js = 404",
            ]
        },
        {
            "nextcloud",
            [
                "index.php", "remote.php", "status.php", "cron.php", "ocs/v2.php", "core/js/a.js", "core/a.mjs", "apps/files/a.css", "apps/files/evil.php", "config/config.php", "data/admin/files/a.png", "lib/base.php",
                "3rdparty/a.js", "occ", "console.php", "robots.txt", "updater/index.php",
            ],
            [
                "/ = ran /index.php||", "/apps/files/ = ran /index.php||", "/login = ran /index.php||", "/index.php/apps/files = ran /index.php|/apps/files|", "/remote.php/dav/files/me/a.php = ran /remote.php|/dav/files/me/a.php|",
                "/ocs/v2.php/cloud/user = ran /ocs/v2.php|/cloud/user|", "/status.php = ran /status.php||", "/core/js/a.js = the file", "/core/a.mjs = the file", "/apps/files/a.css = the file", "/robots.txt = the file",
                "/updater/ = ran /updater/index.php||", "/.well-known/carddav = 301 /remote.php/dav/", "/.well-known/caldav = 301 /remote.php/dav/", "/.well-known/nodeinfo = 301 /index.php/.well-known/nodeinfo",
                "/remote/ = 301 /remote.php", "/apps/files/evil.php = 404", "/config/config.php = 404", "/data/admin/files/a.png = 404", "/lib/base.php = 404", "/3rdparty/a.js = 404", "/occ = 404", "/console.php = 404",
            ]
        },
        {
            "moodle",
            ["index.php", "pluginfile.php", "course/view.php", "config.php", "lib/db/install.xml", "lib/classes/x.php", "admin/cli/cron.php", "theme/styles.php", "pix/a.svg", "vendor/x.php", "composer.json", "README.txt"],
            [
                "/ = ran /index.php||", "/course/view.php?id=1 = ran /course/view.php||", "/pluginfile.php/1/course/summary/a.png = ran /pluginfile.php|/1/course/summary/a.png|",
                "/theme/styles.php/boost/1/all = ran /theme/styles.php|/boost/1/all|", "/pix/a.svg = the file", "/config.php = 404", "/lib/db/install.xml = 404", "/lib/classes/x.php = 404", "/admin/cli/cron.php = 404",
                "/vendor/x.php = 404", "/composer.json = 404", "/README.txt = 404", "/missing = 404",
            ]
        },
        {
            "phpmyadmin",
            ["index.php", "url.php", "js/messages.php", "js/a.js", "libraries/classes/x.php", "templates/a.html", "config.inc.php", "setup/index.php", "setup/lib/x.php", "vendor/a.js", "themes/pmahomme/a.css", "sql/create_tables.sql"],
            [
                "/ = ran /index.php||", "/index.php?route=/server/databases = ran /index.php||", "/url.php = ran /url.php||", "/js/messages.php = ran /js/messages.php||", "/js/a.js = the file",
                "/themes/pmahomme/a.css = the file", "/setup/ = ran /setup/index.php||", "/libraries/classes/x.php = 404", "/templates/a.html = 404", "/config.inc.php = 404", "/setup/lib/x.php = 404",
                "/vendor/a.js = 404", "/sql/create_tables.sql = 404", "/missing = 404",
            ]
        },
    };

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [MemberData(nameof(Sites))]
    public async Task Preset_MadeUpSite_RunsItsScriptsAndServesItsFilesAndNothingElse(string preset, string[] files, string[] expected)
    {
        await using var site = await PresetSite.StartAsync(preset, files);

        var actual = new List<string>();
        foreach (var target in expected.Select(line => line.Split(" = ")[0]))
        {
            actual.Add($"{target} = {await site.AskAsync(target)}");
        }

        Assert.Equal(expected, actual);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Preset_FilesWithAHashInTheirNames_AreCachedForAYear()
    {
        await using var site = await PresetSite.StartAsync("laravel", "index.php", "build/assets/app-1a2b.js", "a.css");

        using var hashed = await site.Client.GetAsync("/build/assets/app-1a2b.js");
        using var plain = await site.Client.GetAsync("/a.css");
        using var script = await site.Client.GetAsync("/");

        Assert.Equal("public, max-age=31536000, immutable", hashed.Headers.CacheControl?.ToString());
        Assert.Equal("public, max-age=604800", plain.Headers.CacheControl?.ToString());
        Assert.Null(script.Headers.CacheControl);
        Assert.Equal(["nosniff"], script.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["nosniff"], plain.Headers.GetValues("X-Content-Type-Options"));
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Preset_Post_ReachesTheFrontController()
    {
        await using var site = await PresetSite.StartAsync("wordpress", "index.php", "wp-content/uploads/evil.php");

        using var posted = await site.Client.PostAsync("/wp-json/x", new StringContent("a=b"));
        using var refused = await site.Client.PostAsync("/wp-content/uploads/evil.php", new StringContent("a=b"));

        Assert.Equal("ran /index.php||", await posted.Content.ReadAsStringAsync());
        Assert.Equal(NotFound, $"{(int)refused.StatusCode}");
    }
}
