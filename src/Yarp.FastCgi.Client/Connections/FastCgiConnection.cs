namespace Yarp.FastCgi.Client.Connections;

/// <summary>
/// The connection to an application as one request has it: what the request is sent through, what its response comes from, and the
/// deadline of the request. Pending operations are ended by <see cref="Abort"/>, not by tokens.
/// </summary>
internal abstract class FastCgiConnection : IDisposable
{
    /// <summary>The id of a connection's first request (E11). A multiplexed connection gives each request another one on the wire.</summary>
    public const ushort FirstRequestId = 1;

    private ReceiveBuffer _input;
    private int _abortError;
    private CancellationTokenSource? _aborted;
    private IUnreadRequest? _unread;

    protected FastCgiConnection(FastCgiEndpoint endpoint, TimeProvider timeProvider)
    {
        Endpoint = endpoint;
        Deadline = new Deadline(timeProvider, OnDeadline);
    }

    public FastCgiEndpoint Endpoint { get; }

    public Deadline Deadline { get; }

    /// <summary>Requests completed on this connection; more than zero means that it was kept and may turn out closed.</summary>
    public int CompletedRequests { get; set; }

    /// <summary>Whether other requests are on the same connection, so that it may be lost, or refused, through no fault of this one.</summary>
    public virtual bool IsShared => false;

    /// <summary>Whether <see cref="HasUnreadBytes"/> can be known at all.</summary>
    public virtual bool CanTellUnreadBytes => false;

    /// <summary>Whether the application has not read yet what was sent, all or a part of it.</summary>
    public virtual bool HasUnreadBytes => false;

    /// <summary>
    /// The id of the request that the connection carries. The next one has another: php-fpm goes on writing for a request that a script
    /// has ended by fastcgi_finish_request, and what it writes must not pass for the answer to the next (E46).
    /// </summary>
    public ushort RequestId => ToRequestId(CompletedRequests);

    /// <summary>Bytes that were sent on it, for telemetry. One that is kept goes on counting.</summary>
    public long SentBytes { get; protected set; }

    /// <summary>Bytes that were received on it.</summary>
    public long ReceivedBytes { get; protected set; }

    /// <summary>Received and not yet consumed.</summary>
    public ReadOnlySpan<byte> Buffered => _input.Unread;

    /// <summary>Whether the request on this connection was given up.</summary>
    public bool IsAborted => Volatile.Read(ref _abortError) != 0;

    /// <summary>Signaled by <see cref="Abort"/>. Made when first asked for: most requests never need it.</summary>
    public CancellationToken Aborted
    {
        get
        {
            var source = Volatile.Read(ref _aborted);
            if (source is null)
            {
                var created = new CancellationTokenSource();
                source = Interlocked.CompareExchange(ref _aborted, created, null) ?? created;
            }

            // The other party of the race is Abort: it sets the error before it looks for the source.
            if (IsAborted)
            {
                source.Cancel();
            }

            return source.Token;
        }
    }

    protected ref ReceiveBuffer Input => ref _input;

    /// <summary>Whether a record belongs to the request that the connection carried last.</summary>
    public bool IsOfFormerRequest(ushort requestId) => CompletedRequests > 0 && requestId == ToRequestId(CompletedRequests - 1);

    public void Consume(int count) => _input.Consume(count);

    /// <summary>Receives behind what is buffered. The spans of <see cref="Buffered"/> taken before are invalid afterwards.</summary>
    /// <returns>The number of bytes, 0 when the application closed its side.</returns>
    /// <exception cref="FastCgiException">The connection was lost, or <see cref="Abort"/> was called.</exception>
    public abstract ValueTask<int> ReceiveAsync();

    /// <summary>Sends all of <paramref name="records"/>, which are whole records of the request.</summary>
    /// <exception cref="FastCgiException">The connection was lost, or <see cref="Abort"/> was called.</exception>
    public abstract ValueTask SendAsync(ReadOnlyMemory<byte> records);

    /// <summary>
    /// Has <paramref name="request"/> asked after <paramref name="patience"/>, in place of any other deadline, whether it gives the
    /// connection up.
    /// </summary>
    public void WatchUnread(IUnreadRequest request, TimeSpan patience)
    {
        _unread = request;
        Deadline.Arm(patience, FastCgiError.ConnectionLost);
    }

    /// <summary>Gives the request up: pending and later operations fail with <paramref name="error"/>. The first caller's error stays.</summary>
    public void Abort(FastCgiError error)
    {
        if (Interlocked.CompareExchange(ref _abortError, (int)error, 0) == 0)
        {
            Deadline.Dispose();
            OnAborted();
            Volatile.Read(ref _aborted)?.Cancel();
        }
    }

    /// <exception cref="FastCgiException"><see cref="Abort"/> was called; the error is the one given there.</exception>
    public void ThrowIfAborted()
    {
        if (IsAborted)
        {
            throw GivenUp(innerException: null);
        }
    }

    /// <summary>Only the owner calls this, after its last operation has ended: the buffer goes back to the array pool.</summary>
    public abstract void Dispose();

    /// <summary>Ends pending operations.</summary>
    protected abstract void OnAborted();

    private static ushort ToRequestId(int completedRequests) => (ushort)(FirstRequestId + (completedRequests % ushort.MaxValue));

    /// <summary>What an operation fails with: the connection was lost, unless it was this side that gave up.</summary>
    protected FastCgiException Lost(string message, Exception? cause)
        => IsAborted ? GivenUp(cause) : new FastCgiException(FastCgiError.ConnectionLost, message, cause);

    // The deadline for reading is the only one that ends in a lost connection.
    private void OnDeadline(FastCgiError error)
    {
        if (error != FastCgiError.ConnectionLost || _unread!.GivesUp(this))
        {
            Abort(error);
        }
    }

    private FastCgiException GivenUp(Exception? innerException)
    {
        var error = (FastCgiError)Volatile.Read(ref _abortError);
        var message = error switch
        {
            FastCgiError.ResponseHeadTimeout => $"The response head from {Endpoint} was not complete within ResponseHeadTimeout.",
            FastCgiError.ResponseBufferFull => $"More of the response from {Endpoint} waited for the client than MultiplexingBufferSize allows.",
            FastCgiError.ConnectionLost => $"The application at {Endpoint} has left the request on a kept connection unread: it is still at work behind its last response.",
            FastCgiError.ActivityTimeout => $"Nothing moved to or from {Endpoint} for ActivityTimeout.",
            _ => $"The request to {Endpoint} was given up.",
        };
        return new FastCgiException(error, message, innerException);
    }
}
