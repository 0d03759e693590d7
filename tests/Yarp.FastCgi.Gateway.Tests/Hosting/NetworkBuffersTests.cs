using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Gateway.Hosting;

namespace Yarp.FastCgi.Gateway.Tests.Hosting;

public sealed class NetworkBuffersTests : IDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly NetworkBuffers _buffers;

    public NetworkBuffersTests() => _buffers = new NetworkBuffers(_time);

    public void Dispose() => _buffers.Dispose();

    [Theory]
    [InlineData(-1, NetworkBuffers.BlockSize)]
    [InlineData(4096, NetworkBuffers.BlockSize)]
    [InlineData(NetworkBuffers.BlockSize + 1, NetworkBuffers.BlockSize + 1)]
    public void Rent_Size_IsAtLeastABlock(int size, int expected)
    {
        using var owner = _buffers.Rent(size);

        Assert.InRange(owner.Memory.Length, expected, 4 * expected);
    }

    [Fact]
    public void Rent_Returned_IsUsedAgain()
    {
        var first = RentAndReturn();

        Assert.Same(first, RentAndReturn());
    }

    [Fact]
    public void Dispose_Twice_GivesItToOneOnly()
    {
        var owner = _buffers.Rent();
        owner.Dispose();
        owner.Dispose();

        using var one = _buffers.Rent();
        using var another = _buffers.Rent();
        Assert.NotSame(Bytes(one), Bytes(another));
    }

    [Fact]
    public void Trim_NotNeededForAWhile_IsLetGo()
    {
        // The first interval still needed both at once.
        using (_buffers.Rent())
        {
            RentAndReturn();
        }

        _time.Advance(NetworkBuffers.TrimInterval);
        var kept = RentAndReturn();
        Assert.NotSame(kept, RentAndReturn());
        _time.Advance(NetworkBuffers.TrimInterval);
        _time.Advance(NetworkBuffers.TrimInterval);
        _time.Advance(NetworkBuffers.TrimInterval);

        Assert.NotSame(kept, RentAndReturn());
    }

    private byte[] RentAndReturn()
    {
        using var owner = _buffers.Rent();
        return Bytes(owner);
    }

    private static byte[] Bytes(IMemoryOwner<byte> owner) => MemoryMarshal.TryGetArray<byte>(owner.Memory, out var segment) ? segment.Array! : [];
}
