using System.Net.Sockets;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>A multiplexed connection and the places on it, as its pool sees them. The pool's lock guards all but the connection itself.</summary>
internal sealed class SharedConnection : IMultiplexedConnectionOwner
{
    private readonly MultiplexedPool _pool;

    public SharedConnection(MultiplexedPool pool, Socket socket, int bufferLimit, TimeProvider timeProvider)
    {
        _pool = pool;
        CreatedTimestamp = IdleSinceTimestamp = timeProvider.GetTimestamp();
        Connection = new MultiplexedConnection(socket, pool.Endpoint, timeProvider, bufferLimit, this);
    }

    public MultiplexedConnection Connection { get; }

    public long CreatedTimestamp { get; }

    /// <summary>When its last request ended; meaningful while it has none.</summary>
    public long IdleSinceTimestamp { get; set; }

    /// <summary>Places that are taken.</summary>
    public int Running { get; set; }

    /// <summary>Those of them whose requests were given up, and which the application has not ended yet.</summary>
    public int GivenUp { get; set; }

    /// <summary>Requests so far.</summary>
    public int Served { get; set; }

    /// <summary>Whether it takes no further requests, whatever else there is.</summary>
    public bool IsUnusable { get; set; }

    /// <summary>Whether the pool has done with it.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>Whether nobody would miss it.</summary>
    public bool IsIdle => Running == GivenUp;

    public void OnRequestEnded(bool wasGivenUp) => _pool.OnRequestEnded(this, wasGivenUp);

    public void OnRequestGivenUp() => _pool.OnRequestGivenUp(this);

    public void OnCannotMultiplex() => _pool.OnCannotMultiplex();

    public void OnBroken() => _pool.OnBroken(this);

    public void OnClosed() => _pool.OnClosed(this);
}
