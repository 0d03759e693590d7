using System.Net;
using Microsoft.AspNetCore.Http;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Configuration;

public class MixedTransportTests
{
    [Fact]
    public async Task HttpCluster_BesideAFastCgiCluster_IsForwardedAsByYarpAlone()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("FastCGI"));
        await using var http = await HttpDestination.StartAsync(async context =>
        {
            context.Response.Headers["X-Test"] = "destination";
            using var reader = new StreamReader(context.Request.Body);
            var headers = context.Request.Headers;
            await context.Response.WriteAsync(string.Join('\n',
                context.Request.Method, context.Request.Path, context.Request.QueryString, headers.Host, headers["X-Forwarded-Host"], headers["X-Forwarded-For"], await reader.ReadToEndAsync()));
        });
        await using var proxy = await TestProxy.StartAsync($$"""
            {
              "Routes": {
                "php": { "ClusterId": "php", "Match": { "Path": "/php/{**path}" }, "Transport": "fastcgi", "FastCgi": { "CheckFile": "Off" } },
                "web": { "ClusterId": "web", "Match": { "Path": "/{**path}" } }
              },
              "Clusters": {
                "php": { "Destinations": { "a": { "Address": "{{responder.Address}}" } } },
                "web": { "Destinations": { "a": { "Address": "{{http.Address}}" } } }
              }
            }
            """);

        using var message = new HttpRequestMessage(HttpMethod.Post, "/web/page?x=1") { Content = new StringContent("a body"), Headers = { { "X-Forwarded-For", "192.0.2.1" } } };
        using var response = await proxy.Client.SendAsync(message);

        // YARP's own defaults: the destination's host, and X-Forwarded-* set by the proxy.
        Assert.Equal(
            $"POST\n/web/page\n?x=1\n{new Uri(http.Address).Authority}\n{proxy.EndPoint}\n127.0.0.1\na body", await response.Content.ReadAsStringAsync());
        Assert.Equal("destination", Assert.Single(response.Headers.GetValues("X-Test")));
        Assert.Equal("FastCGI", await proxy.Client.GetStringAsync("/php/index.php"));
    }

    [Theory]
    [InlineData("route")]
    [InlineData("cluster")]
    [InlineData("both")]
    public async Task Transport_MarkedAt_IsFastCgi(string marked)
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("FastCGI"));
        const string Mark = """ "Transport": "fastcgi", """;
        await using var proxy = await TestProxy.StartAsync($$"""
            {
              "Routes": { "site": { "ClusterId": "app", {{(marked == "cluster" ? "" : Mark)}} "Match": { "Path": "/{**path}" }, "FastCgi": { "CheckFile": "Off" } } },
              "Clusters": { "app": { {{(marked == "route" ? "" : Mark)}} "Destinations": { "a": { "Address": "{{responder.Address}}" } } } }
            }
            """);

        Assert.Equal("FastCGI", await proxy.Client.GetStringAsync("/"));
    }

    [Fact]
    public async Task HttpClusterDown_BesideAFastCgiCluster_IsYarps502()
    {
        await using var http = await HttpDestination.StartAsync(_ => Task.CompletedTask);
        var address = http.Address;
        await http.DisposeAsync();
        await using var proxy = await TestProxy.StartAsync($$"""
            {
              "Routes": { "web": { "ClusterId": "web", "Match": { "Path": "/{**path}" } } },
              "Clusters": { "web": { "Destinations": { "a": { "Address": "{{address}}" } } } }
            }
            """);

        using var response = await proxy.Client.GetAsync("/");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
    }
}
