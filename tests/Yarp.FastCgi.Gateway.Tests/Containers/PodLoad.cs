using System.Collections.Immutable;
using System.Net;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Containers;

/// <summary>
/// Clients that ask pods without a pause, as behind a Service: each request goes to a pod whose /readyz has last said 200, every other one over a connection of its
/// own. A request that fails ends the load, and tells what both containers of the pod said.
/// </summary>
internal sealed class PodLoad : IAsyncDisposable
{
    private static readonly TimeSpan ReadinessInterval = TimeSpan.FromMilliseconds(50);

    private readonly CancellationTokenSource _end = new();
    private readonly StateSignal _progress = new();
    private readonly Task _loops;
    private ImmutableArray<PodEndpoint> _endpoints = [];
    private ImmutableArray<Task> _watches = [];
    private int _asked;
    private int _answered;

    public PodLoad(IEnumerable<SitePod> pods, int clients)
    {
        foreach (var pod in pods)
        {
            Add(pod);
        }

        _loops = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(AskAsync)));
    }

    public int Asked => Volatile.Read(ref _asked);

    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Has a pod asked too, from its first 200 of /readyz on. Called by one at a time.</summary>
    public void Add(SitePod pod)
    {
        var endpoint = new PodEndpoint(pod);
        _endpoints = _endpoints.Add(endpoint);
        _watches = _watches.Add(WatchAsync(endpoint));
    }

    /// <summary>No more requests to a pod. Called by one at a time.</summary>
    public Task RemoveAsync(SitePod pod)
    {
        var index = Array.FindIndex([.. _endpoints], endpoint => endpoint.Pod == pod);
        _endpoints[index].IsRemoved = true;
        return _watches[index];
    }

    /// <summary>Waits for so many answers from now on.</summary>
    public async Task WaitForAnswersAsync(int count)
    {
        var goal = Answered + count;
        await Task.WhenAny(_loops, _progress.WaitAsync(() => Answered >= goal, () => $"{goal} answers, {Answered} came")).Unwrap();
    }

    /// <summary>Waits for a task, and fails when a request has failed meanwhile.</summary>
    public async Task WhileItRunsAsync(Task task)
    {
        await task;
        if (_loops.IsCompleted)
        {
            await _loops;
        }
    }

    /// <summary>No more requests; waits for the answers to the last ones.</summary>
    public async Task EndAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_watches);
        await _loops.WithinAsync("the last requests to be answered");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAny(Task.WhenAll([_loops, .. _watches]));
        foreach (var endpoint in _endpoints)
        {
            endpoint.Dispose();
        }

        _end.Dispose();
    }

    private async Task WatchAsync(PodEndpoint endpoint)
    {
        while (!_end.IsCancellationRequested && !endpoint.IsRemoved)
        {
            endpoint.IsReady = await endpoint.Pod.AskAsync("/readyz") == HttpStatusCode.OK;
            await Task.Delay(ReadinessInterval);
        }

        endpoint.IsReady = false;
    }

    private async Task AskAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var ready = _endpoints.Where(endpoint => endpoint.IsReady).ToArray();
            if (ready.Length == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(10));
                continue;
            }

            var number = Interlocked.Increment(ref _asked);
            await AskAsync(ready[number % ready.Length], number);
            Interlocked.Increment(ref _answered);
            _progress.Pulse();
        }
    }

    private static async Task AskAsync(PodEndpoint endpoint, int number)
    {
        var target = $"/{number}?ms={number % 10 * 10}";
        using var request = new HttpRequestMessage(HttpMethod.Get, target);
        request.Headers.ConnectionClose = number % 2 == 0;
        string said;
        try
        {
            using var response = await endpoint.Client.SendAsync(request);
            var body = await response.Content.ReadAsStringAsync();
            if (response.StatusCode == HttpStatusCode.OK && body.EndsWith($": {target}\n", StringComparison.Ordinal))
            {
                return;
            }

            said = $"answered {(int)response.StatusCode}: {body}";
        }
        catch (HttpRequestException exception)
        {
            said = $"failed: {exception}";
        }

        Assert.Fail($"At {DateTime.UtcNow:HH:mm:ss.fff} {endpoint.Pod.Url}{target} {said}\n{await endpoint.Pod.ReadLogsAsync()}");
    }
}
