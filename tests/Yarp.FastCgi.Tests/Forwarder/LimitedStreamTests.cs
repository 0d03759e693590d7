using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Forwarder;

public sealed class LimitedStreamTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly MemoryStream _inner = new();

    public void Dispose() => _inner.Dispose();

    [Fact]
    public async Task Write_MoreThanATenthOfASecondMayHave_WritesEachPieceInItsTime()
    {
        var bytes = Enumerable.Range(0, 350).Select(i => (byte)i).ToArray();
        var writing = Create(bytesPerSecond: 1000).WriteAsync(bytes).AsTask();

        foreach (var written in new[] { 100, 200, 300 })
        {
            await UntilWrittenAsync(written);
            Assert.False(writing.IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(99));
            Assert.Equal(written, _inner.Length);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        await writing.WithinAsync("the last piece");
        Assert.Equal(bytes, _inner.ToArray());
    }

    [Fact]
    public async Task Write_BehindAPause_MakesUpForNothing()
    {
        await using var stream = Create(bytesPerSecond: 1000);
        await stream.WriteAsync(new byte[100]);
        _time.Advance(TimeSpan.FromMinutes(1));

        var writing = stream.WriteAsync(new byte[200]).AsTask();

        Assert.Equal(200, _inner.Length);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        await writing.WithinAsync("the rest");
    }

    [Fact]
    public async Task Write_Canceled_Ends()
    {
        using var cancellation = new CancellationTokenSource();
        await using var stream = Create(bytesPerSecond: 1);
        var writing = stream.WriteAsync(new byte[2], cancellation.Token).AsTask();

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.WithinAsync("the write to end"));
        Assert.Equal(1, _inner.Length);
    }

    private LimitedStream Create(long bytesPerSecond) => new(_inner, bytesPerSecond, _time, () => { });

    private Task UntilWrittenAsync(int count) => Eventually.UntilAsync(() => _inner.Length == count, $"{count} bytes, there are {_inner.Length}");
}
