using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The body of a request on its way to the application's STDIN stream.</summary>
internal abstract class RequestBody : IAsyncDisposable
{
    /// <summary>In bytes; null when it is not known before the end.</summary>
    public abstract long? Length { get; }

    /// <summary>Whether it can be sent a second time.</summary>
    public abstract bool CanReplay { get; }

    /// <summary>The whole body when it is short and in memory; it then goes out together with the params.</summary>
    public virtual ReadOnlyMemory<byte> Memory => default;

    /// <summary>The path of the file in which the application finds the body, with STDIN left empty; null when STDIN carries it.</summary>
    public virtual string? ApplicationFile => null;

    /// <summary>Sends the STDIN stream with its closing record.</summary>
    /// <param name="connection">The connection, which nobody else sends on.</param>
    /// <param name="requestId">The request's id on the connection.</param>
    /// <param name="progress">Called whenever bytes have moved.</param>
    public abstract ValueTask SendAsync(FastCgiConnection connection, ushort requestId, Action progress);

    /// <summary>Ends a <see cref="SendAsync"/> that waits for the client.</summary>
    public virtual void Cancel()
    {
    }

    public abstract ValueTask DisposeAsync();
}
