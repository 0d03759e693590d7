using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Client.Tests.Connections.Pooling;

/// <summary>A request that asks a pool for a connection.</summary>
internal sealed class PoolRequest(int number, bool mayReuse) : IDisposable
{
    public bool MayReuse => mayReuse;

    public CancellationTokenSource Cancellation { get; } = new();

    public Task<FastCgiConnection>? Renting { get; set; }

    public RequestState State { get; set; } = RequestState.Asking;

    /// <summary>The connection that it has, or had.</summary>
    public FakeConnection? Connection { get; set; }

    /// <summary>When it was put into the queue.</summary>
    public DateTimeOffset WaitingSince { get; set; }

    public void Dispose() => Cancellation.Dispose();

    public override string ToString() => $"request {number}";
}
