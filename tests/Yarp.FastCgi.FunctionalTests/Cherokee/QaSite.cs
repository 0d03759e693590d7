using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Cherokee;

/// <summary>A real PHP behind the proxy, and a client that sends requests as Cherokee's QA does: as they stand.</summary>
internal sealed class QaSite : IAsyncDisposable
{
    private readonly IAsyncDisposable _php;

    private QaSite(IAsyncDisposable php, PhpFiles files, TestProxy proxy)
    {
        _php = php;
        Files = files;
        Proxy = proxy;
    }

    public PhpFiles Files { get; }

    public TestProxy Proxy { get; }

    /// <param name="program">php-fpm or php-cgi.</param>
    /// <param name="fastCgi">The route's FastCgi object; <c>{root}</c> and <c>{scratch}</c> stand for the document root and for the directory that scripts write to.</param>
    /// <param name="route">Further members of the route.</param>
    /// <param name="options">Changes to the proxy.</param>
    /// <param name="subdirectory">A directory to make below the root beforehand.</param>
    public static async Task<QaSite> StartAsync(
        string program = ExternalProgram.PhpFpm,
        string fastCgi = """ "DocumentRoot": "{root}" """,
        string route = "",
        Func<TestProxyOptions, TestProxyOptions>? options = null,
        string subdirectory = "")
    {
        if (program == ExternalProgram.PhpCgi)
        {
            var cgi = await PhpCgi.StartAsync();
            return await StartAsync(cgi, cgi.Address, cgi.Files);
        }

        var fpm = await PhpFpm.StartAsync();
        return await StartAsync(fpm, fpm.Address, fpm.Files);

        async Task<QaSite> StartAsync(IAsyncDisposable php, string address, PhpFiles files)
        {
            try
            {
                Directory.CreateDirectory(Path.Combine(files.Root, subdirectory));
                var proxyOptions = new TestProxyOptions
                {
                    Json = new ProxyJson(address) { FastCgi = fastCgi, Route = route }.ToString()
                        .Replace("{root}", files.Root, StringComparison.Ordinal)
                        .Replace("{scratch}", files.Scratch, StringComparison.Ordinal),
                };
                return new QaSite(php, files, await TestProxy.StartAsync(options is null ? proxyOptions : options(proxyOptions)));
            }
            catch
            {
                await php.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Sends one request; the blank line behind its fields is added.</summary>
    public async Task<RawHttpResponse> AskAsync(string head, string body = "")
    {
        using var client = await Proxy.ConnectAsync();
        await client.SendAsync(Encoding.UTF8.GetBytes(head + "\r\n" + body));
        return await RawHttpResponse.ReadAsync(client, head.Split(' ')[0]);
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await _php.DisposeAsync();
    }
}
