using System.Text;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Gateway.Tests.Sites;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Import;

/// <summary>What projects document for nginx: imported, it is accepted and serves what nginx serves with it.</summary>
public sealed class NginxRecipeTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public static TheoryData<string> Recipes => new(NginxRecipe.All.Keys);

    public void Dispose() => _directory.Dispose();

    [RequiresProgramTheory(ExternalProgram.Nginx)]
    [MemberData(nameof(Recipes))]
    public async Task Import_Recipe_ServesWhatNginxServes(string name)
    {
        var recipe = NginxRecipe.All[name];
        await using var fpm = await PhpFpm.StartAsync();
        foreach (var file in recipe.Files)
        {
            fpm.Files.Write(file, file.Contains(".php", StringComparison.Ordinal) ? PresetSite.Script : PresetSite.File);
        }

        var server = recipe.Server.Replace("ROOT", fpm.Files.Root, StringComparison.Ordinal).Replace("SOCKET", fpm.EndPoint.ToString(), StringComparison.Ordinal);
        var configuration = await ImportAsync($"server {{ listen 80; server_name localhost; {server} }}");
        await using var nginx = await Nginx.StartAsync(server.Replace("include fastcgi_params;", "include fastcgi.conf;", StringComparison.Ordinal));
        await using var gateway = await RunningGateway.StartAsync("--config", configuration);
        using var nginxClient = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri($"http://{nginx.EndPoint}"), Timeout = TestTimeout.Default };

        var expected = new StringBuilder();
        var actual = new StringBuilder();
        foreach (var target in recipe.Targets)
        {
            expected.Append(target).Append(": ").AppendLine(recipe.Differences.GetValueOrDefault(target) ?? await AskAsync(nginxClient, target));
            actual.Append(target).Append(": ").AppendLine(await AskAsync(gateway.Http1, target));
        }

        Assert.Equal(expected.ToString(), actual.ToString());
    }

    /// <summary>What a client gets: the page, a redirect's place, or that it is refused. Which of 403 and 404 it is, is not the same thing in both.</summary>
    private static async Task<string> AskAsync(HttpClient client, string target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        request.Headers.Host = "localhost";
        using var response = await client.SendAsync(request);
        var location = response.Headers.Location;
        return (int)response.StatusCode switch
        {
            200 => await response.Content.ReadAsStringAsync(),
            >= 300 and < 400 => $"redirect to {(location!.IsAbsoluteUri ? location.PathAndQuery : location.OriginalString)}",
            403 or 404 => "refused",
            var other => $"{other}",
        };
    }

    private async Task<string> ImportAsync(string nginx)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var command = new GatewayCommand((_, _) => throw new InvalidOperationException("Nothing is to be served."));
        Assert.Equal(0, await command.RunAsync(["import", _directory.WriteFile("nginx.conf", nginx)], output, error));
        var file = _directory.WriteFile("gateway.json", output.ToString());
        Assert.True(await command.RunAsync(["validate", file], output, error) == 0, $"{error}\n{output}");
        return file;
    }
}
