using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Sites;

/// <summary>A made-up site of a preset behind a gateway. Its scripts say which of them ran; its other files say that they are files.</summary>
internal sealed class PresetSite : IAsyncDisposable
{
    public const string File = "the file";

    private readonly PhpFpm _fpm;
    private readonly RunningGateway _gateway;

    private PresetSite(PhpFpm fpm, RunningGateway gateway)
    {
        _fpm = fpm;
        _gateway = gateway;
    }

    public HttpClient Client => _gateway.Http1;

    /// <summary>A script that tells which one it is, and its path info.</summary>
    public static string Script => "<?php echo 'ran ', $_SERVER['SCRIPT_NAME'], '|', $_SERVER['PATH_INFO'] ?? '', '|'; // secret";

    public static async Task<PresetSite> StartAsync(string preset, params string[] files)
    {
        var fpm = await PhpFpm.StartAsync();
        try
        {
            foreach (var file in files)
            {
                fpm.Files.Write(file, file.Contains(".php", StringComparison.Ordinal) ? Script : File);
            }

            return new PresetSite(fpm, await RunningGateway.StartAsync("--root", fpm.Files.Root, "--app", fpm.Address, "--preset", preset));
        }
        catch
        {
            await fpm.DisposeAsync();
            throw;
        }
    }

    /// <summary>What a target is answered: the status, and for 200 the body.</summary>
    public async Task<string> AskAsync(string target)
    {
        using var response = await Client.GetAsync(target);
        var body = await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain("secret", body, StringComparison.Ordinal);
        return response.IsSuccessStatusCode ? body
            : response.Headers.Location is { } location ? $"{(int)response.StatusCode} {location}"
            : $"{(int)response.StatusCode}";
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _fpm.DisposeAsync();
    }
}
