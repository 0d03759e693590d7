using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>
/// What Kestrel receives into and sends from, in larger pieces than its own of 4 KiB: an upload takes fewer system calls. Those that a while has not needed are left to the
/// garbage collector; a connection that waits for its client holds none.
/// </summary>
internal sealed class NetworkBuffers : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    // A quarter of the system calls; a client that sends a byte and waits holds no more than this.
    public const int BlockSize = 16 * 1024;

    public static readonly TimeSpan TrimInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<Block> _free = new();
    private readonly ITimer _trim;
    private int _leastFree;

    public NetworkBuffers(TimeProvider timeProvider)
        => _trim = timeProvider.CreateTimer(static pool => ((NetworkBuffers)pool!).Trim(), this, TrimInterval, TrimInterval);

    public override int MaxBufferSize => Shared.MaxBufferSize;

    public static void Add(IServiceCollection services) => services.AddSingleton<IMemoryPoolFactory<byte>, NetworkBuffers>();

    /// <summary>One for all listeners.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        if (minBufferSize > BlockSize)
        {
            return Shared.Rent(minBufferSize);
        }

        if (!_free.TryDequeue(out var block))
        {
            block = new Block(this);
        }

        // Roughly right is enough: it says what to keep.
        _leastFree = Math.Min(_leastFree, _free.Count);
        block.OnRented();
        return block;
    }

    // Listeners dispose it before the last of their connections; it serves on, and the collector has the rest.
    protected override void Dispose(bool disposing) => _trim.Dispose();

    private void Trim()
    {
        for (var surplus = _leastFree; surplus > 0 && _free.TryDequeue(out _); surplus--)
        {
        }

        _leastFree = _free.Count;
    }

    private sealed class Block(NetworkBuffers pool) : IMemoryOwner<byte>
    {
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockSize);
        private int _isRented;

        public Memory<byte> Memory => _bytes;

        public void OnRented() => Volatile.Write(ref _isRented, 1);

        public void Dispose()
        {
            // A second return would give it to two at once.
            if (Interlocked.Exchange(ref _isRented, 0) == 1)
            {
                pool._free.Enqueue(this);
            }
        }
    }
}
