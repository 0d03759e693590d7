using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using BenchmarkDotNet.Attributes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Retries;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Benchmarks.EndToEnd;

/// <summary>
/// A request from the bytes that Kestrel receives to the bytes that it sends, without a system call: Kestrel on pipes, the forwarder, and an answer that is there
/// already. Beside it the same answer by the host itself: the difference is what forwarding costs.
/// </summary>
public class EndToEndBenchmarks
{
    private WebApplication? _app;
    private readonly byte[] _body = new byte[16 * 1024];
    private DedicatedPool? _pool;
    private IDuplexPipe? _client;
    private byte[] _request = [];
    private long _responseLength;

    /// <summary>Length of the body.</summary>
    [Params(200, 16 * 1024)]
    public int Length { get; set; }

    /// <summary>Whether the host answers by itself.</summary>
    [Params(true, false)]
    public bool ByItself { get; set; }

    [GlobalSetup]
    public async Task SetupAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddFastCgiForwarder();
        builder.Services.AddSingleton<IConnectionListenerFactory, MemoryTransport>();
        builder.WebHost.UseUrls("http://127.0.0.1:80");
        _app = builder.Build();
        _app.Run(ByItself ? AnswerAsync : CreateForwarding(_app.Services));
        await _app.StartAsync();
        _client = _app.Services.GetServices<IConnectionListenerFactory>().OfType<MemoryTransport>().Single().Connect();
        _request = Encoding.ASCII.GetBytes(
            "GET /shop/item/42?color=blue HTTP/1.1\r\nHost: shop.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r\n"
            + "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\n"
            + "Cookie: session=4f2a9c1d77e04b0b9c1f; consent=all\r\n\r\n");
        _responseLength = await ReadFirstAsync();
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _client!.Output.CompleteAsync();
        await _app!.DisposeAsync();
        _pool?.Dispose();
    }

    [Benchmark]
    public async Task RequestAsync()
    {
        await _client!.Output.WriteAsync(_request);
        for (var left = _responseLength; left > 0;)
        {
            var result = await _client.Input.ReadAsync();
            left -= result.Buffer.Length;
            _client.Input.AdvanceTo(result.Buffer.End);
        }
    }

    private RequestDelegate CreateForwarding(IServiceProvider services)
    {
        var options = CannedPool.CreateOptions();
        var (settings, connections, retries) = SettingsResolver.Resolve(options);
        var application = new FastCgiApplication(settings, TimeProvider.System);
        _pool = CannedPool.Create(options, CreateAnswer());
        var target = new ForwardingTarget(_pool, connections, new RetryPolicy(retries));
        var forwarder = services.GetRequiredService<FastCgiForwarder>();
        return async context => await forwarder.ForwardAsync(context, target, application, ForwarderRequestConfig.Empty, transformer: null, CancellationToken.None);
    }

    private Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = Length;
        context.Response.BodyWriter.Write(_body.AsSpan(0, Length));
        return Task.CompletedTask;
    }

    private byte[] CreateAnswer()
    {
        var content = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Content-Type: text/plain\r\nContent-Length: {Length}\r\n\r\n") + new string('x', Length));
        using var stream = new MemoryStream();
        Write(stream, RecordType.Stdout, content);
        Write(stream, RecordType.Stdout, []);
        Write(stream, RecordType.EndRequest, new byte[EndRequestBody.Size]);
        return stream.ToArray();
    }

    private static void Write(MemoryStream stream, RecordType type, byte[] content)
    {
        Span<byte> header = stackalloc byte[ProtocolLimits.HeaderSize];
        new RecordHeader(type, FastCgiConnection.FirstRequestId, (ushort)content.Length, PaddingLength: 0).Write(header);
        stream.Write(header);
        stream.Write(content);
    }

    private async Task<long> ReadFirstAsync()
    {
        await _client!.Output.WriteAsync(_request);
        while (true)
        {
            var result = await _client.Input.ReadAsync();
            var text = Encoding.ASCII.GetString(result.Buffer);
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end >= 0 && text.Length >= end + 4 + Length)
            {
                _client.Input.AdvanceTo(result.Buffer.End);
                return text.Length;
            }

            _client.Input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
