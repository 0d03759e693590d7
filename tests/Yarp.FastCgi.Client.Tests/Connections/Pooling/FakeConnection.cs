using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Client.Tests.Connections.Pooling;

/// <summary>A connection without a socket that keeps an eye on its pool.</summary>
internal sealed class FakeConnection(int number, FastCgiEndpoint endpoint, PoolWorld world) : PooledConnection(endpoint, world.Time)
{
    /// <summary>Who has rented it; null while the pool has it.</summary>
    public PoolRequest? Holder { get; set; }

    public bool IsClosed { get; private set; }

    /// <summary>The application has closed it, or has written to it.</summary>
    public bool IsDisturbed { get; set; }

    public override bool IsQuiet()
    {
        world.Gap();
        var isQuiet = !IsDisturbed && Holder is null;
        world.Gap();
        return isQuiet;
    }

    public override void Dispose()
    {
        world.Require(!IsClosed, $"{this} was closed twice.");
        world.Require(Holder is null, $"{this} was closed while {Holder} had it.");
        IsClosed = true;
        Deadline.Dispose();
        world.WhileClosing();
    }

    public override ValueTask<int> ReceiveAsync() => throw new NotSupportedException();

    public override ValueTask SendAsync(ReadOnlyMemory<byte> records) => throw new NotSupportedException();

    public override string ToString() => $"connection {number}";

    protected override void OnAborted()
    {
    }
}
