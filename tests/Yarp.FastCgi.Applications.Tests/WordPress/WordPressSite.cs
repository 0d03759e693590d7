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

    private string Sample => Path.Combine(Root, "wp-config-sample.php");

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        _directory.Dispose();
    }
}
