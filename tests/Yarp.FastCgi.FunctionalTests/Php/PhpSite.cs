using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Php;

/// <summary>A real php-fpm and a proxy in front of its document root.</summary>
internal sealed class PhpSite : IAsyncDisposable
{
    private PhpSite(PhpFpm fpm, TestProxy proxy)
    {
        Fpm = fpm;
        Proxy = proxy;
    }

    public PhpFpm Fpm { get; }

    public TestProxy Proxy { get; }

    public HttpClient Client => Proxy.Client;

    /// <param name="fpmOptions">The pool.</param>
    /// <param name="fastCgi">Members of the route's FastCgi object besides DocumentRoot.</param>
    /// <param name="clusterFastCgi">Members of the cluster's FastCgi object.</param>
    /// <param name="route">Further members of the route.</param>
    public static async Task<PhpSite> StartAsync(PhpFpmOptions? fpmOptions = null, string fastCgi = "", string clusterFastCgi = "", string route = "")
    {
        var fpm = await PhpFpm.StartAsync(fpmOptions);
        try
        {
            var root = $""" "DocumentRoot": "{fpm.Files.Root}" """;
            return new PhpSite(fpm, await TestProxy.StartAsync(new ProxyJson(fpm.Address)
            {
                FastCgi = fastCgi.Length == 0 ? root : root + "," + fastCgi,
                ClusterFastCgi = clusterFastCgi,
                Route = route,
            }));
        }
        catch
        {
            await fpm.DisposeAsync();
            throw;
        }
    }

    /// <summary>Writes a file below the document root.</summary>
    public void Write(string path, string content) => Fpm.Files.Write(path, content);

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await Fpm.DisposeAsync();
    }
}
