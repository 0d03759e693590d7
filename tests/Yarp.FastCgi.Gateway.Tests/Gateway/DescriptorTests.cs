using System.Net;
using Yarp.FastCgi.Gateway.Limits;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>More clients than a gateway has descriptors for: what it has taken on is answered, and it goes on.</summary>
public sealed class DescriptorTests : IDisposable
{
    private const int Descriptors = 1200;
    private const int MaxConnections = (Descriptors - 256) / 4;
    private const int Clients = 400;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task MoreClientsThanDescriptors_AsManyAsThereAreDescriptorsForAreAnswered()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var application = ScriptedResponder.Start(async request =>
        {
            await release.Task.WithinAsync("the test to let the application answer");
            return Reply.Text("answer to " + request["QUERY_STRING"]);
        });
        using var gateway = await GatewayProcess.StartAsync(_directory.Path, Descriptors, "--app", application.Address, "--listen", "http://127.0.0.1:0");
        var address = new IPEndPoint(IPAddress.Loopback, new Uri(gateway.Url).Port);

        var asking = Enumerable.Range(0, Clients).Select(i => AskAsync(address, i)).ToArray();
        await Eventually.UntilAsync(() => asking.Count(task => task.IsCompleted) == Clients - MaxConnections, "the gateway to refuse the clients that it has no descriptors for");
        Assert.All(asking, task => Assert.True(!task.IsCompleted || task.Result is null));
        release.SetResult();

        var answers = await Task.WhenAll(asking);
        Assert.Equal(MaxConnections, answers.Count(answer => answer is not null));
        await Eventually.UntilAsync(async () => await AskAsync(address, Clients) is not null, "the gateway to take clients again");
    }

    [Theory]
    [InlineData("Max open files            1024                 524288               files     ", 192)]
    [InlineData("Max open files            100                  100                  files     ", 1)]
    [InlineData("Max open files            1073741816           1073741816           files     ", LimitOptions.HighestMaxConnections)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max locked memory         8388608              8388608              bytes     ", null)]
    public void MaxConnections_FollowsTheLimitOfTheProcess(string line, int? expected)
        => Assert.Equal(expected, DescriptorLimit.Parse(["Limit                     Soft Limit           Hard Limit           Units     ", line]));

    /// <returns>The answer, or null when the connection is closed without one.</returns>
    private static async Task<string?> AskAsync(EndPoint address, int number)
    {
        try
        {
            using var client = await RawHttpConnection.ConnectAsync(address);
            await client.SendAsync($"GET /?{number} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200 ", await client.ReadHeadAsync(), StringComparison.Ordinal);
            var (text, _) = await client.ReadToEndAsync();
            Assert.Contains($"answer to {number}", text, StringComparison.Ordinal);
            return text;
        }
        catch (PeerClosedException)
        {
            return null;
        }
    }
}
