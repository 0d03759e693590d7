using System.Globalization;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Containers;

/// <summary>
/// Two pods are replaced under load, as a Deployment does with maxSurge 1 and maxUnavailable 0: a new pod starts and becomes ready, then an old one ends, the gateway
/// before php-fpm.
/// </summary>
public class RollingUpdateTests
{
    private const int Replicas = 2;
    private const int Clients = 4;
    private const int RequestsOfEachPhase = 100;

    // Overridden for a long run: FASTCGI_TEST_ROLLING_UPDATES=20 dotnet test --filter RollingUpdate.
    private static readonly int Updates = int.Parse(Environment.GetEnvironmentVariable("FASTCGI_TEST_ROLLING_UPDATES") ?? "1", CultureInfo.InvariantCulture);

    [RequiresProgramFact(ExternalProgram.PodmanImages)]
    public async Task RollingUpdate_UnderLoad_NoRequestFails()
    {
        var running = new Queue<SitePod>();
        try
        {
            for (var i = 0; i < Replicas; i++)
            {
                running.Enqueue(await SitePod.StartAsync());
            }

            await using var load = new PodLoad(running, Clients);
            for (var i = 0; i < Updates * Replicas; i++)
            {
                await load.WaitForAnswersAsync(RequestsOfEachPhase);
                await load.WhileItRunsAsync(ReplaceAsync(running, load));
            }

            await load.WaitForAnswersAsync(RequestsOfEachPhase);
            await load.EndAsync();
            Assert.Equal(load.Asked, load.Answered);
        }
        finally
        {
            foreach (var pod in running)
            {
                await pod.DisposeAsync();
            }
        }
    }

    private static async Task ReplaceAsync(Queue<SitePod> running, PodLoad load)
    {
        running.Enqueue(await SitePod.StartAsync(load.Add));
        await using var old = running.Dequeue();
        await old.StopGatewayAsync();
        await load.RemoveAsync(old);
    }
}
