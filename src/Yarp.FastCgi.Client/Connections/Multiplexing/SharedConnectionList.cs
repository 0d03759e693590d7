namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>The connections of a multiplexed pool and the places on them. All of it is called inside the pool's lock.</summary>
/// <remarks>
/// <see cref="Open"/> counts the connections that exist or are being made, <see cref="Running"/> the places on them that are taken: by requests,
/// and by those that were given up and that the application has not ended.
/// </remarks>
internal sealed class SharedConnectionList(ConnectionSettings settings, TimeProvider timeProvider)
{
    private readonly List<SharedConnection> _connections = [];
    private int _maxRequests = int.MaxValue;
    private int _connecting;

    /// <summary>Most connections at a time.</summary>
    public int MaxConnections { get; private set; } = settings.MaxConnections;

    public int Open { get; private set; }

    public int Running { get; private set; }

    public int IdleCount => _connections.FindAll(static shared => shared.IsIdle).Count;

    /// <summary>Places that are there as soon as the connections are made that may be made.</summary>
    public long PlacesToCome
        => Math.Min((long)(MaxConnections - Open + _connecting) * settings.MaxMultiplexedRequests, _maxRequests - Running);

    /// <summary>Keeps below what the application says of itself.</summary>
    public void Limit(ApplicationValues values)
    {
        MaxConnections = Math.Min(settings.MaxConnections, values.MaxConnections ?? int.MaxValue);
        _maxRequests = values.MaxRequests ?? int.MaxValue;
    }

    /// <summary>A connection that takes one more request. One that is old, or whose application does not read, only where no other can be made.</summary>
    public SharedConnection? FindPlace(bool takesAny)
    {
        if (Running >= _maxRequests)
        {
            return null;
        }

        SharedConnection? second = null;
        foreach (var shared in _connections)
        {
            if (!shared.IsUnusable && shared.Running < settings.MaxMultiplexedRequests)
            {
                if (IsFresh(shared) && !shared.Connection.IsStuck)
                {
                    return shared;
                }

                second ??= shared;
            }
        }

        return takesAny || Open >= MaxConnections ? second : null;
    }

    /// <summary>Whether it is neither old nor held up by requests that were given up.</summary>
    public bool IsFresh(SharedConnection shared)
        => shared.Served < settings.MaxRequestsPerConnection
            && shared.GivenUp * 2 <= settings.MaxMultiplexedRequests
            && timeProvider.GetElapsedTime(shared.CreatedTimestamp) < settings.MaxConnectionLifetime;

    public void Take(SharedConnection shared)
    {
        shared.Running++;
        shared.Served++;
        Running++;
    }

    public void FreePlace(SharedConnection shared)
    {
        shared.Running--;
        Running--;
    }

    /// <returns>How many connections are to be made for so many who wait. They count already.</returns>
    public int Plan(int waiting)
    {
        var count = 0;
        while (Open < MaxConnections && Running < _maxRequests && waiting > (long)_connecting * settings.MaxMultiplexedRequests)
        {
            Open++;
            _connecting++;
            count++;
        }

        return count;
    }

    /// <summary>One that was planned is made.</summary>
    public void Add(SharedConnection shared)
    {
        _connecting--;
        _connections.Add(shared);
    }

    /// <summary>One that was planned cannot be made.</summary>
    public void OnConnectFailed()
    {
        _connecting--;
        Open--;
    }

    /// <summary>Takes one out. It counts as open until <see cref="OnClosed"/>.</summary>
    public void Remove(SharedConnection shared)
    {
        _connections.Remove(shared);
        Running -= shared.Running;
        shared.IsRemoved = true;
    }

    /// <summary>Takes those out that have been idle for so long.</summary>
    public List<SharedConnection> RemoveIdle(TimeSpan since = default)
    {
        var idle = _connections.FindAll(shared => shared.IsIdle && timeProvider.GetElapsedTime(shared.IdleSinceTimestamp) >= since);
        idle.ForEach(Remove);
        return idle;
    }

    /// <summary>So many that were taken out are closed.</summary>
    public void OnClosed(int count) => Open -= count;

    /// <summary>Lets none take further requests.</summary>
    public void MakeUnusable() => _connections.ForEach(static shared => shared.IsUnusable = true);

    /// <summary>The connection longest out of use when there are more than MaxIdleConnections.</summary>
    public SharedConnection? FindSurplusIdle()
    {
        SharedConnection? oldest = null;
        var count = 0;
        foreach (var shared in _connections)
        {
            if (shared.IsIdle)
            {
                count++;
                oldest = oldest is null || shared.IdleSinceTimestamp < oldest.IdleSinceTimestamp ? shared : oldest;
            }
        }

        return count > settings.MaxIdleConnections ? oldest : null;
    }

    /// <summary>How long the one longest out of use has been so; null when all are in use.</summary>
    public TimeSpan? GetLongestIdleTime()
    {
        TimeSpan? longest = null;
        foreach (var shared in _connections)
        {
            if (shared.IsIdle)
            {
                var idleFor = timeProvider.GetElapsedTime(shared.IdleSinceTimestamp);
                longest = longest is null || idleFor > longest ? idleFor : longest;
            }
        }

        return longest;
    }
}
