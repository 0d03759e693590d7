using System.Net;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Containers;

/// <summary>
/// Clients that ask pods without a pause, as behind a Service: each request goes to a pod whose /readyz has last said 200, every other one over a connection of its
/// own. A request that fails ends the load.
/// </summary>
internal sealed class PodLoad : IAsyncDisposable
{
    private readonly HttpClient[] _clients;
    private readonly bool[] _ready;
    private readonly CancellationTokenSource _end = new();
    private readonly StateSignal _progress = new();
    private readonly Task _loops;
    private readonly Task _watch;
    private int _asked;
    private int _answered;

    public PodLoad(SitePod[] pods, int clients)
    {
        _clients = [.. pods.Select(pod => new HttpClient { BaseAddress = pod.Url, Timeout = TestTimeout.Default })];
        _ready = [.. pods.Select(_ => true)];
        _watch = Task.WhenAll(pods.Select(WatchAsync));
        _loops = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(AskAsync)));
    }

    public int Asked => Volatile.Read(ref _asked);

    public int Answered => Volatile.Read(ref _answered);

    /// <summary>Waits for so many answers from now on.</summary>
    public Task WaitForAnswersAsync(int count)
    {
        var goal = Answered + count;
        return WhileItRunsAsync(_progress.WaitAsync(() => Answered >= goal, () => $"{goal} answers, {Answered} came"));
    }

    /// <summary>Waits for a task, or for the first request that fails.</summary>
    public async Task WhileItRunsAsync(Task task)
    {
        if (await Task.WhenAny(_loops, task) == _loops)
        {
            await _loops;
        }

        await task;
    }

    /// <summary>No more requests; waits for the answers to the last ones.</summary>
    public async Task EndAsync()
    {
        await _end.CancelAsync();
        await _watch;
        await _loops.WithinAsync("the last requests to be answered");
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAny(Task.WhenAll(_loops, _watch));
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        _end.Dispose();
    }

    private async Task WatchAsync(SitePod pod, int index)
    {
        while (!_end.IsCancellationRequested)
        {
            Volatile.Write(ref _ready[index], await pod.AskAsync("/readyz") == HttpStatusCode.OK);
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }

    private async Task AskAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            var number = Interlocked.Increment(ref _asked);
            var chosen = Enumerable.Range(0, _clients.Length).Select(i => (number + i) % _clients.Length).Where(i => Volatile.Read(ref _ready[i])).FirstOrDefault(-1);
            if (chosen < 0)
            {
                Interlocked.Decrement(ref _asked);
                await Task.Delay(TimeSpan.FromMilliseconds(10));
                continue;
            }

            var target = $"/{number}?ms={number % 10 * 10}";
            using var request = new HttpRequestMessage(HttpMethod.Get, target);
            request.Headers.ConnectionClose = number % 2 == 0;
            using var response = await _clients[chosen].SendAsync(request);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.EndsWith($": {target}\n", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            Interlocked.Increment(ref _answered);
            _progress.Pulse();
        }
    }
}
