using System.Diagnostics.Tracing;

namespace Yarp.FastCgi.Costs.Tests;

/// <summary>Counts the arrays that are rented from the shared pools of the process and not given back.</summary>
internal sealed class RentedBuffers : EventListener
{
    private int _rented;
    private int _outstanding;

    /// <summary>Rented since the start, given back or not.</summary>
    public int Rented => Volatile.Read(ref _rented);

    /// <summary>Rented and not given back; below zero when more came back that were rented before the start.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == "System.Buffers.ArrayPoolEventSource")
        {
            EnableEvents(eventSource, EventLevel.Verbose);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        switch (eventData.EventName)
        {
            case "BufferRented":
                Interlocked.Increment(ref _rented);
                Interlocked.Increment(ref _outstanding);
                break;
            case "BufferReturned":
                Interlocked.Decrement(ref _outstanding);
                break;
        }
    }
}
