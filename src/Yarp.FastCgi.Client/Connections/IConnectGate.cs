namespace Yarp.FastCgi.Client.Connections;

/// <summary>Holds connections to an endpoint back while nobody can accept them, and knows how many there are.</summary>
internal interface IConnectGate
{
    /// <summary>Waits until a connection may be made; <see cref="Release"/> follows when the attempt is over.</summary>
    /// <param name="startedTimestamp">When the caller began to ask for a connection.</param>
    /// <param name="cancellationToken">Gives the wait up.</param>
    /// <returns>False when the gate is gone, and the endpoint may have another.</returns>
    /// <exception cref="FastCgiException">ConnectFailed: nobody will accept soon enough.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    ValueTask<bool> EnterAsync(long startedTimestamp, CancellationToken cancellationToken);

    /// <summary>Whether another attempt may follow one that was refused.</summary>
    /// <param name="startedTimestamp">When the caller began to ask for a connection.</param>
    bool MayRetry(long startedTimestamp);

    /// <summary>A connection is being made, and <see cref="Release"/> will follow when it is closed.</summary>
    void Add();

    /// <summary>An attempt is over, or a connection closed.</summary>
    void Release();
}
