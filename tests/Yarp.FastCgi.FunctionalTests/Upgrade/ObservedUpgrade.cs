using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Yarp.FastCgi.FunctionalTests.Upgrade;

/// <summary>Stands between the server and the proxy, as middleware that watches upgraded connections does, and sees how the proxy reads.</summary>
internal sealed class ObservedUpgrade : IHttpUpgradeFeature
{
    private IHttpUpgradeFeature? _inner;

    /// <summary>The length of the buffer of the last read, which may still be pending; -1 before the first.</summary>
    public int LastRead { get; private set; } = -1;

    public int LongestRead { get; private set; }

    public bool IsUpgradableRequest => _inner!.IsUpgradableRequest;

    public void Observe(HttpContext context)
    {
        _inner = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
        context.Features.Set<IHttpUpgradeFeature>(this);
    }

    public async Task<Stream> UpgradeAsync() => new ObservedStream(await _inner!.UpgradeAsync(), this);

    private sealed class ObservedStream(Stream inner, ObservedUpgrade observer) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            observer.LastRead = buffer.Length;
            observer.LongestRead = Math.Max(observer.LongestRead, buffer.Length);
            return inner.ReadAsync(buffer, cancellationToken);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => inner.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
