namespace Yarp.FastCgi.Bench;

/// <summary>Looks now and then how much memory a server has, for as long as it is not disposed.</summary>
internal sealed class MemorySampler : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly ProcessGroup _processes;
    private readonly IReadOnlyList<int> _ids;
    private readonly Timer _timer;
    private double _most;

    public MemorySampler(ProcessGroup processes)
    {
        _processes = processes;
        _ids = processes.Ids();
        _timer = new Timer(_ => Sample(), state: null, Interval, Interval);
    }

    /// <summary>The most so far, now included, in MiB.</summary>
    public double MostMebibytes()
    {
        // Now there may be other processes than at first.
        Raise(_processes.AnonymousMebibytes());
        return Volatile.Read(ref _most);
    }

    public void Dispose() => _timer.Dispose();

    private void Sample() => Raise(ProcessGroup.AnonymousMebibytes(_ids));

    private void Raise(double mebibytes)
    {
        for (var most = Volatile.Read(ref _most); mebibytes > most;)
        {
            var seen = Interlocked.CompareExchange(ref _most, mebibytes, most);
            if (seen == most)
            {
                break;
            }

            most = seen;
        }
    }
}
