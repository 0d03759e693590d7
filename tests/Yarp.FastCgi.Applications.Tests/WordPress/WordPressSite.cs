using Yarp.FastCgi.Applications.Tests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Applications.Tests.WordPress;

/// <summary>The files of a WordPress that nobody has installed yet, as they come from wordpress.org, and a database for it.</summary>
internal sealed class WordPressSite : IAsyncDisposable
{
    private const string Package = "/usr/share/wordpress";

    private readonly TempDirectory _directory = new();

    private WordPressSite(MariaDb database) => Database = database;

    public MariaDb Database { get; }

    /// <summary>The directory that <c>site</c> lies in, as in the example.</summary>
    public string Directory => _directory.Path;

    public string Root => _directory.Combine("site");

    public static async Task<WordPressSite> CreateAsync()
    {
        var site = new WordPressSite(await MariaDb.StartAsync());
        try
        {
            await Command.RunAsync("/bin/cp", ["-rL", Package, site.Root]);
            File.Delete(Path.Combine(site.Root, "wp-config.php"));
            if (Environment.IsPrivilegedProcess)
            {
                // php-fpm's workers belong to this user, php-cgi to whoever runs the tests.
                await Command.RunAsync("/bin/chown", ["-R", "www-data", site.Root]);
            }

            // The installer copies this file. Without the line WordPress looks for updates and sends statistics.
            await File.WriteAllTextAsync(
                site.Sample,
                (await File.ReadAllTextAsync(site.Sample)).Replace("/* That's all", "define( 'WP_HTTP_BLOCK_EXTERNAL', true );\n/* That's all", StringComparison.Ordinal));
            return site;
        }
        catch
        {
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the web installer does, for a host whose name leads nowhere.</summary>
    public async Task InstallAsync(HttpClient client, string host)
    {
        await PostAsync(client, "/wp-admin/setup-config.php?step=2", new()
        {
            ["dbname"] = MariaDb.Database,
            ["uname"] = MariaDb.User,
            ["pwd"] = MariaDb.Password,
            ["dbhost"] = $"localhost:{Database.Socket}",
            ["prefix"] = "wp_",
        });
        await PostAsync(client, "/wp-admin/install.php?step=2", new()
        {
            ["weblog_title"] = "Trees",
            ["user_name"] = "owner",
            ["admin_password"] = "correct horse battery staple 1",
            ["admin_password2"] = "correct horse battery staple 1",
            ["admin_email"] = $"owner@{host}",
            ["blog_public"] = "1",
        });

        // The host cannot be asked from here, so that WordPress has not dared to choose pretty URLs. It makes the rules when they are missing.
        await Database.QueryAsync($"UPDATE {MariaDb.Database}.wp_options SET option_value = '/%postname%/' WHERE option_name = 'permalink_structure'; DELETE FROM {MariaDb.Database}.wp_options WHERE option_name = 'rewrite_rules'");
    }

    private static async Task PostAsync(HttpClient client, string target, Dictionary<string, string> form)
    {
        using var content = new FormUrlEncodedContent(form);
        using var response = await client.PostAsync(new Uri(target, UriKind.Relative), content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    private string Sample => Path.Combine(Root, "wp-config-sample.php");

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        _directory.Dispose();
    }
}
