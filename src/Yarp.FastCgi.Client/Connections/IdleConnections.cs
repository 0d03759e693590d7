namespace Yarp.FastCgi.Client.Connections;

/// <summary>The connections that a pool keeps unused, oldest first, and when they are to be looked at. All of it is called inside the pool's lock.</summary>
/// <param name="settings">The limits.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="check">Called, outside of the lock, when they are to be looked at; <see cref="ScheduleCheck()"/> has to follow.</param>
internal sealed class IdleConnections(ConnectionSettings settings, TimeProvider timeProvider, Action check)
{
    // How long an idle connection may be kept that the application has closed or written to (E42). Looking now and then costs the requests
    // nothing. A pending receive would tell at once, but for a system call behind each response, and not instead of the look at a
    // connection that is about to be used again: only that one sees what has just arrived.
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    private readonly List<PooledConnection> _idle = [];
    private readonly IdleTimer _timer = new(timeProvider, check);
    private long _nextCheck;

    public int Count => _idle.Count;

    public void Add(PooledConnection connection)
    {
        connection.IdleSinceTimestamp = timeProvider.GetTimestamp();
        _idle.Add(connection);
        var due = GetDue(connection);
        if (_idle.Count == 1 || due < _nextCheck)
        {
            ScheduleCheck(due);
        }
    }

    public PooledConnection PopNewest()
    {
        var connection = _idle[^1];
        _idle.RemoveAt(_idle.Count - 1);
        return connection;
    }

    public PooledConnection PopOldest()
    {
        var connection = _idle[0];
        _idle.RemoveAt(0);
        return connection;
    }

    /// <summary>Takes those out that have been idle for IdleTimeout.</summary>
    public List<PooledConnection> PopOverdue()
    {
        List<PooledConnection> overdue = [];
        while (_idle.Count > 0 && timeProvider.GetElapsedTime(_idle[0].IdleSinceTimestamp) >= settings.IdleTimeout)
        {
            overdue.Add(PopOldest());
        }

        return overdue;
    }

    /// <summary>Takes all out, for good.</summary>
    public PooledConnection[] PopAll()
    {
        var all = ToArray();
        _idle.Clear();
        _timer.Stop();
        return all;
    }

    /// <returns>False when it is not among them any more.</returns>
    public bool TryTake(PooledConnection connection) => _idle.Remove(connection);

    public PooledConnection[] ToArray() => [.. _idle];

    /// <summary>Has them looked at when one is due, or before; not at all when there is none.</summary>
    public void ScheduleCheck()
    {
        if (_idle.Count == 0)
        {
            return;
        }

        var earliest = long.MaxValue;
        foreach (var connection in _idle)
        {
            earliest = Math.Min(earliest, GetDue(connection));
        }

        ScheduleCheck(earliest);
    }

    private void ScheduleCheck(long due)
    {
        var now = timeProvider.GetTimestamp();
        _nextCheck = Math.Min(due, now + ToTimestamp(CheckInterval));
        _timer.Set(timeProvider.GetElapsedTime(now, _nextCheck));
    }

    /// <summary>When a connection is to be closed.</summary>
    private long GetDue(PooledConnection connection)
        => Math.Min(connection.IdleSinceTimestamp + ToTimestamp(settings.IdleTimeout), connection.KeptSinceTimestamp + ToTimestamp(settings.MaxConnectionLifetime));

    private long ToTimestamp(TimeSpan time) => (long)(time.TotalSeconds * timeProvider.TimestampFrequency);
}
