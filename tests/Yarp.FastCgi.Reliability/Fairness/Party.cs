namespace Yarp.FastCgi.Reliability.Fairness;

/// <summary>One of those who share a php-fpm.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Ask">One request, to the end of its response.</param>
internal sealed record Party(string Name, Func<Task> Ask)
{
    public Latencies Latencies { get; } = new();

    /// <summary>Asks without a pause, as so many clients, until it is told to stop.</summary>
    public Task LoadAsync(int clients, CancellationToken stop)
        => Task.WhenAll(Enumerable.Range(0, clients).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Latencies.MeasureAsync(Ask);
            }
        }));
}
