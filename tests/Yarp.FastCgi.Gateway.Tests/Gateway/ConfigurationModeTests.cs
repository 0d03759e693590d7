using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>The gateway with --config.</summary>
public sealed class ConfigurationModeTests : IAsyncLifetime, IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ScriptedResponder _application = ScriptedResponder.Start(request => Reply.Text($"{request["SCRIPT_FILENAME"]} {request["APP_ENV"]}"));

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _application.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Get_FastCgiAndHttpRoutes_AreServedSideBySide()
    {
        await using var http = await StartHttpApplicationAsync();
        var file = _directory.WriteFile("gateway.json", Configuration("one", http.Urls.Single()));
        await using var gateway = await RunningGateway.StartAsync("--config", file);

        Assert.Equal("/only/there/app.php one", await gateway.Http1.GetStringAsync("/app.php"));
        Assert.Equal("http /api/x", await gateway.Http1.GetStringAsync("/api/x"));
    }

    [Fact]
    public async Task Get_RouteWithAuthorizer_IsAuthorisedByIt()
    {
        await using var authorizer = ScriptedResponder.Start(request =>
            request["HTTP_COOKIE"] is null ? Reply.Status(403, "Forbidden", "no") : Reply.Empty.WithHeader("Variable-APP_ENV", request["HTTP_COOKIE"]!));
        var file = _directory.WriteFile("gateway.json", $$"""
            {
              "ReverseProxy": {
                "Routes": {
                  "php": {
                    "ClusterId": "php", "Match": { "Path": "/{**path}" }, "AuthorizationPolicy": "FastCgiAuthorizer:auth",
                    "FastCgi": { "DocumentRoot": "/only/there" }
                  }
                },
                "Clusters": {
                  "php": { "Transport": "fastcgi", "Destinations": { "a": { "Address": "{{_application.Address}}" } } },
                  "auth": { "Transport": "fastcgi", "Destinations": { "a": { "Address": "{{authorizer.Address}}" } } }
                }
              }
            }
            """);
        await using var gateway = await RunningGateway.StartAsync("--config", file);
        using var known = new HttpRequestMessage(HttpMethod.Get, "/app.php") { Headers = { { "Cookie", "sid=1" } } };

        using var refused = await gateway.Http1.GetAsync("/app.php");
        using var allowed = await gateway.Http1.SendAsync(known);

        Assert.Equal(StatusCodes.Status403Forbidden, (int)refused.StatusCode);
        Assert.Equal("no", await refused.Content.ReadAsStringAsync());
        Assert.Equal("/only/there/app.php sid=1", await allowed.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Change_OfTheFile_TakesEffect()
    {
        await using var http = await StartHttpApplicationAsync();
        var file = _directory.WriteFile("gateway.json", Configuration("one", http.Urls.Single()));
        await using var gateway = await RunningGateway.StartAsync("--config", file);
        Assert.Equal("/only/there/app.php one", await gateway.Http1.GetStringAsync("/app.php"));

        Replace(file, Configuration("two", http.Urls.Single()));

        await Eventually.UntilAsync(
            async () => await gateway.Http1.GetStringAsync("/app.php") == "/only/there/app.php two", "the changed file to take effect");
    }

    [Fact]
    public async Task Change_ThatIsNoJson_LeavesTheConfigurationBeforeItServing()
    {
        await using var http = await StartHttpApplicationAsync();
        var file = _directory.WriteFile("gateway.json", Configuration("one", http.Urls.Single()));
        await using var gateway = await RunningGateway.StartAsync("--config", file);

        Replace(file, "{ \"ReverseProxy\": ");
        await gateway.Logs.WaitForAsync("the configuration before it goes on");
        Assert.Equal("/only/there/app.php one", await gateway.Http1.GetStringAsync("/app.php"));

        Replace(file, Configuration("two", http.Urls.Single()));
        await Eventually.UntilAsync(
            async () => await gateway.Http1.GetStringAsync("/app.php") == "/only/there/app.php two", "the repaired file to take effect");
    }

    private static void Replace(string file, string content)
    {
        // As editors do it: nobody sees a file that is half written.
        File.WriteAllText(file + ".new", content);
        File.Move(file + ".new", file, overwrite: true);
    }

    private static async Task<WebApplication> StartHttpApplicationAsync()
    {
        var app = WebApplication.CreateSlimBuilder().Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(context => context.Response.WriteAsync($"http {context.Request.Path}"));
        await app.StartAsync();
        return app;
    }

    private string Configuration(string environment, string httpAddress) =>
        $$"""
        {
          "ReverseProxy": {
            "Routes": {
              "php": {
                "ClusterId": "php",
                "Match": { "Path": "/{**path}" },
                "Timeout": "00:00:20",
                "FastCgi": { "DocumentRoot": "/only/there", "Params": { "APP_ENV": "{{environment}}" } }
              },
              "api": { "ClusterId": "api", "Match": { "Path": "/api/{**path}" } }
            },
            "Clusters": {
              "php": { "Transport": "fastcgi", "Destinations": { "a": { "Address": "{{_application.Address}}" } } },
              "api": { "Destinations": { "a": { "Address": "{{httpAddress}}" } } }
            }
          }
        }
        """;
}
