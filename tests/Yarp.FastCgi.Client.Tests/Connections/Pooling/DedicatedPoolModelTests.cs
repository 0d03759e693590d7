using CsCheck;
using Yarp.FastCgi.Client.Connections;

namespace Yarp.FastCgi.Client.Tests.Connections.Pooling;

/// <summary>
/// The real pool among requests, connections, a clock and a thread pool that a generator moves. What it must not do in any order of
/// events is looked for in random ones; a failure is shrunk to few steps and prints them, with the seed to have it again.
/// </summary>
public class DedicatedPoolModelTests
{
    private static readonly Gen<ConnectionSettings> AnySettings =
        from maxConnections in Gen.Int[1, 3]
        from queueLimit in Gen.Int[0, 4]
        from queueTimeout in Milliseconds(200, 1000, 10_000)
        from keepAlive in Gen.Frequency((5, Gen.Const(true)), (1, Gen.Const(false)))
        from idleTimeout in Milliseconds(1, 500, 1000, 5000)
        from maxIdle in Gen.Int[0, 4]
        from maxRequests in Gen.Int[1, 4]
        from lifetime in Milliseconds(3000, 60_000)
        select PoolSettings.Default with
        {
            MaxConnections = maxConnections,
            QueueLimit = queueLimit,
            QueueTimeout = queueTimeout,
            KeepAlive = keepAlive,
            IdleTimeout = idleTimeout,
            MaxIdleConnections = maxIdle,
            MaxRequestsPerConnection = maxRequests,
            MaxConnectionLifetime = lifetime,
        };

    private static readonly Gen<PoolMove> AnyMove = Gen.Frequency(
        (50, Gen.Const(PoolMove.Rent)),
        (40, Gen.Const(PoolMove.Return)),
        (20, Gen.Const(PoolMove.Connected)),
        (30, Gen.Const(PoolMove.RunOn)),
        (15, Gen.Const(PoolMove.Cancel)),
        (10, Gen.Const(PoolMove.Disturb)),
        (5, Gen.Const(PoolMove.Abort)),
        (15, Gen.Const(PoolMove.Wait)),
        (5, Gen.Const(PoolMove.Resize)),
        (1, Gen.Const(PoolMove.Retire)));

    private static readonly Gen<PoolStep[]> AnySteps = Gen
        .Select(AnyMove, Gen.Int[0, 7], Gen.Int[0, 31], Gen.Bool, (move, pick, variant, inGap) => new PoolStep(move, pick, variant, inGap))
        .Array[1, 60];

    [Fact]
    public void Pool_AnySteps_DoesWhatItsModelDoes()
        => Gen.Select(AnySettings, AnySteps).Sample((settings, steps) => Run(settings, steps, interleaves: false), iter: 5000, threads: 1, print: Print);

    [Fact]
    public void Pool_AnyStepsInTheMiddleOfOthers_KeepsItsLimitsAndLosesNothing()
        => Gen.Select(AnySettings, AnySteps).Sample((settings, steps) => Run(settings, steps, interleaves: true), iter: 5000, threads: 1, print: Print);

    private static void Run(ConnectionSettings settings, PoolStep[] steps, bool interleaves)
    {
        using var world = new PoolWorld(settings, steps, interleaves);
        world.Run();
    }

    private static Gen<TimeSpan> Milliseconds(params int[] choices) => Gen.Int[0, choices.Length - 1].Select(i => TimeSpan.FromMilliseconds(choices[i]));

    private static string Print((ConnectionSettings Settings, PoolStep[] Steps) run) => $"{run.Settings}\n{string.Join('\n', run.Steps)}\n";
}
