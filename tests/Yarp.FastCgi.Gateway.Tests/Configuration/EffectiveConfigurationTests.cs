using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Configuration;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Configuration;

/// <summary>What a running gateway says of its configuration.</summary>
public sealed class EffectiveConfigurationTests : IDisposable
{
    private const string Secret = "hunter2";

    private const string File =
        """
        {
          "Gateway": { "DrainDelay": "00:00:00" },
          "Kestrel": { "Certificates": { "Unused": { "Path": "site.pfx", "Password": "hunter2" } } },
          "ReverseProxy": {
            "Routes": {
              "site": {
                "ClusterId": "php",
                "Match": { "Path": "/{**path}", "Headers": [ { "Name": "X-Api-Key", "Values": [ "hunter2" ], "Mode": "ExactHeader" } ] },
                "Timeout": "00:00:30",
                "Metadata": { "Team": "shop" },
                "Transforms": [ { "RequestHeader": "Authorization", "Set": "Bearer hunter2" }, { "RequestHeader": "X-Site", "Set": "shop" } ],
                "FastCgi": { "TryFiles": [ "{path}", "/index.php" ], "Params": { "APP_ENV": "prod", "DB_PASSWORD": "hunter2", "DATABASE_URL": "mysql://shop:hunter2@db/shop?ssl=1" } }
              }
            },
            "Clusters": {
              "php": {
                "Transport": "fastcgi",
                "FastCgi": { "DocumentRoot": "/srv/shop", "MaxConnections": 4, "Retries": { "MaxAttempts": 2 } },
                "HttpRequest": { "ActivityTimeout": "00:01:00" },
                "Destinations": { "a": { "Address": "unix:/run/shop.sock", "FastCgi": { "Interpreter": { "Command": "/usr/bin/app --token=hunter2 --verbose", "Environment": { "APP_KEY": "hunter2" } } } } }
              },
              "api": {
                "HttpClient": { "SslProtocols": [ "Tls12", "Tls13" ] },
                "Destinations": { "one": { "Address": "https://localhost:5000" } }
              }
            }
          }
        }
        """;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Get_ConfigurationFile_IsThereAsItCountsAndWithoutSecrets()
    {
        await using var gateway = await StartAsync(File);

        var text = await gateway.Management!.GetStringAsync("/config").WithinAsync("the configuration");

        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        var tree = JsonNode.Parse(text)!;
        Assert.Equal("http://127.0.0.1:0", Text(tree, "Gateway", "Management"));
        Assert.Equal("00:00:00", Text(tree, "Gateway", "DrainDelay"));
        Assert.Equal("site.pfx", Text(tree, "Kestrel", "Certificates", "Unused", "Path"));
        Assert.Equal("http://127.0.0.1:0", Text(tree, "Kestrel", "Endpoints", "0", "Url"));
        Assert.Equal("(redacted)", Text(tree, "Kestrel", "Certificates", "Unused", "Password"));
        var route = tree["ReverseProxy"]!["Routes"]!["site"]!;
        Assert.Equal("fastcgi", Text(route, "Transport"));
        Assert.Equal("00:00:30", Text(route, "Timeout"));
        Assert.Equal("shop", Text(route, "Metadata", "Team"));
        Assert.Equal("/index.php", Text(route, "FastCgi", "TryFiles", "1"));
        Assert.Equal("prod", Text(route, "FastCgi", "Params", "APP_ENV"));
        Assert.Equal("mysql://shop:(redacted)@db/shop?ssl=1", Text(route, "FastCgi", "Params", "DATABASE_URL"));
        Assert.Equal("(redacted)", Text(route, "Transforms", "0", "Set"));
        Assert.Equal("shop", Text(route, "Transforms", "1", "Set"));
        var cluster = tree["ReverseProxy"]!["Clusters"]!["php"]!;
        Assert.Equal("4", Text(cluster, "FastCgi", "MaxConnections"));
        Assert.Equal("2", Text(cluster, "FastCgi", "Retries", "MaxAttempts"));
        Assert.Equal("/usr/bin/app --token=(redacted) --verbose", Text(cluster, "Destinations", "a", "FastCgi", "Interpreter", "Command"));
        Assert.Null(cluster["Destinations"]!["a"]!["Metadata"]);
    }

    [Fact]
    public async Task Get_WhatItSaid_IsAConfigurationThatSaysTheSame()
    {
        await using var gateway = await StartAsync(File);
        var first = await gateway.Management!.GetStringAsync("/config").WithinAsync("the configuration");

        await using var other = await StartAsync(first);

        Assert.Equal(first, await other.Management!.GetStringAsync("/config").WithinAsync("the configuration of the other"));
    }

    [Fact]
    public void ToJson_ApplicationOfTheCommandLine_IsThereAsRouteAndCluster()
    {
        var root = _directory.CreateDirectory("site");
        var app = GatewayApplication.Build(new GatewayOptions { Root = root, App = Yarp.FastCgi.Client.FastCgiEndpoint.Parse("unix:/run/php.sock") });

        var tree = JsonNode.Parse(app.Services.GetRequiredService<EffectiveConfiguration>().ToJson())!;

        Assert.Equal(root, Text(tree, "ReverseProxy", "Clusters", "app", "FastCgi", "DocumentRoot"));
        Assert.Equal("index.php", Text(tree, "ReverseProxy", "Clusters", "app", "FastCgi", "Index", "0"));
        Assert.Equal(ListenAddress.Defaults[0].Url, Text(tree, "Kestrel", "Endpoints", "0", "Url"));
    }

    [Theory]
    [InlineData("evil.example", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost.evil.example:80", HttpStatusCode.MisdirectedRequest)]
    [InlineData("localhost:9180", HttpStatusCode.OK)]
    [InlineData("10.0.0.7:9180", HttpStatusCode.OK)]
    [InlineData("[::1]:9180", HttpStatusCode.OK)]
    public async Task Get_ByName_IsAnsweredOnlyByTheNamesOfThisMachine(string host, HttpStatusCode expected)
    {
        await using var gateway = await StartAsync(File);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/config") { Headers = { Host = host } };

        using var response = await gateway.Management!.SendAsync(request).WithinAsync("the configuration");

        Assert.Equal(expected, response.StatusCode);
    }

    private Task<RunningGateway> StartAsync(string json)
        => RunningGateway.StartAsync("--config", _directory.WriteFile($"{Guid.NewGuid()}.json", json), "--management", "http://127.0.0.1:0");

    private static string? Text(JsonNode? node, params string[] path)
    {
        foreach (var name in path)
        {
            node = node is JsonArray list ? list[int.Parse(name, System.Globalization.CultureInfo.InvariantCulture)] : node?[name];
        }

        return node?.ToString();
    }
}
