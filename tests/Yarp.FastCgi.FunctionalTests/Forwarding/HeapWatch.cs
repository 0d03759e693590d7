namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Looks at the size of the managed heap each time that so much of a body has passed.</summary>
internal sealed class HeapWatch
{
    private const long Interval = 64 * 1024 * 1024;

    private readonly List<long> _sizes = [];

    /// <summary>Bytes of the body so far.</summary>
    public long Passed { get; private set; }

    /// <summary>What lives on the heap, at most, beyond what did after the first part of the body; in bytes.</summary>
    public long Growth => _sizes.Max() - _sizes[0];

    public void Pass(int count)
    {
        Passed += count;
        if (Passed / Interval > _sizes.Count)
        {
            _sizes.Add(GC.GetTotalMemory(forceFullCollection: true));
        }
    }
}
