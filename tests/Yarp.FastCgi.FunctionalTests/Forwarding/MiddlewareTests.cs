using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Middleware of ASP.NET Core in front of the proxy that takes bodies into its own hands.</summary>
public class MiddlewareTests
{
    [Theory]
    [InlineData(BodyKeeping.Memory, ForwardingPath.Direct)]
    [InlineData(BodyKeeping.File, ForwardingPath.Direct)]
    [InlineData(BodyKeeping.Streamed, ForwardingPath.Direct)]
    [InlineData(BodyKeeping.Memory, ForwardingPath.Messages)]
    public async Task RequestBuffering_BodyReadAndRewound_ReachesTheApplication(BodyKeeping keeping, ForwardingPath path)
    {
        var body = TestBody.Create(200_001);
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("ok"));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address) { FastCgi = keeping.ToJson() }.On(path).ToString(),
            App = app => app.Use(async (context, next) =>
            {
                context.Request.EnableBuffering();
                await context.Request.Body.CopyToAsync(Stream.Null);
                context.Request.Body.Position = 0;
                await next(context);
            }),
        });

        using var response = await proxy.SendAsync(http2: false, HttpMethod.Post, content: new ByteArrayContent(body));

        Assert.Equal("ok", await response.Content.ReadAsStringAsync());
        var request = Assert.Single(responder.Requests);
        Assert.Equal("200001", request["CONTENT_LENGTH"]);
        Assert.Equal(TestBody.Hash(body), TestBody.Hash(request.Stdin));
    }

    [Theory]
    [InlineData(ForwardingPath.Direct, "")]
    [InlineData(ForwardingPath.Direct, "Content-Length: 18\r\n")]
    [InlineData(ForwardingPath.Messages, "")]
    [InlineData(ForwardingPath.Messages, "Content-Length: 18\r\n")]
    public async Task ResponseCompression_OutputWithPauses_ReachesTheClientPieceByPiece(ForwardingPath path, string length)
    {
        var seen = new SemaphoreSlim(0);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync(length + "Content-Type: text/plain\r\n\r\n");
            foreach (var piece in new[] { "first,", "second", "third." })
            {
                await connection.SendStdoutAsync(piece);
                Assert.True(await seen.WaitAsync(TestTimeout.Default), $"'{piece}' did not reach the client.");
            }

            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).On(path).ToString(),
            Services = services => services.AddResponseCompression(),
            App = app => app.UseResponseCompression(),
        });
        using var message = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Accept-Encoding", "gzip" } } };

        using var response = await proxy.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead);
        await using var body = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        var text = new byte[6];
        foreach (var piece in new[] { "first,", "second", "third." })
        {
            await body.ReadExactlyAsync(text).AsTask().WithinAsync($"'{piece}' at the client");
            Assert.Equal(piece, Encoding.ASCII.GetString(text));
            seen.Release();
        }

        Assert.Equal(0, await body.ReadAsync(text));
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await responder.WaitForScriptAsync();
    }

    [Theory]
    [InlineData(ForwardingPath.Direct)]
    [InlineData(ForwardingPath.Messages)]
    public async Task ResponseCompression_CompleteReply_IsCompressedWhole(ForwardingPath path)
    {
        var text = string.Concat(Enumerable.Repeat("much the same, ", 10_000));
        await using var responder = ScriptedResponder.Start(_ => Reply.Text(text));
        await using var proxy = await TestProxy.StartAsync(new TestProxyOptions
        {
            Json = new ProxyJson(responder.Address).On(path).ToString(),
            Services = services => services.AddResponseCompression(),
            App = app => app.UseResponseCompression(),
        });
        using var message = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "Accept-Encoding", "gzip" } } };

        using var response = await proxy.Client.SendAsync(message);
        await using var body = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var reader = new StreamReader(body);

        Assert.Equal(text, await reader.ReadToEndAsync());
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
    }
}
