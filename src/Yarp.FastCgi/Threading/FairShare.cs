namespace Yarp.FastCgi.Threading;

/// <summary>What one body may take of a thread that waits for sockets: when neither side ever keeps the other waiting, it would carry on without end, and nobody else would have the thread.</summary>
internal struct FairShare
{
    /// <summary>In bytes: well below a millisecond.</summary>
    public const int Size = 1024 * 1024;

    private long _spent;

    /// <summary>Goes on at once, or on a worker thread when the share is used up.</summary>
    public WorkerThread.Switch SpendAsync(long bytes)
    {
        _spent += bytes;
        if (_spent < Size)
        {
            return default;
        }

        _spent = 0;
        return WorkerThread.SwitchAsync();
    }
}
