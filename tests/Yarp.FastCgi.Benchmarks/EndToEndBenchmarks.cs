using BenchmarkDotNet.Attributes;
using Yarp.FastCgi.InMemory;

namespace Yarp.FastCgi.Benchmarks;

/// <summary>
/// A request from the bytes that Kestrel receives to the bytes that it sends, without a system call: Kestrel on pipes, the forwarder, and an answer that is there
/// already. Beside it the same answer by the host itself: the difference is what forwarding costs.
/// </summary>
public class EndToEndBenchmarks
{
    private MemoryHost? _host;
    private MemoryClient? _client;
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
        var options = CannedPool.CreateOptions();
        _host = ByItself
            ? await MemoryHost.StartAnsweringAsync(Length)
            : await MemoryHost.StartForwardingAsync(options, CannedPool.Create(options, CannedAnswer.Create(Length)));
        _client = _host.Connect();
        _responseLength = (await _client.ExchangeFirstAsync(BrowserGet.Bytes, Length)).Length;
    }

    [GlobalCleanup]
    public async Task CleanupAsync()
    {
        await _client!.CloseAsync();
        await _host!.DisposeAsync();
    }

    [Benchmark]
    public ValueTask RequestAsync() => _client!.ExchangeAsync(BrowserGet.Bytes, _responseLength);
}
