using System.Text;
using CsCheck;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Connections.Multiplexing;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Connections.Multiplexing;

public class MultiplexedPoolConcurrencyTests
{
    private const int Tasks = 8;
    private const int RequestsPerTask = 30;

    private static readonly Gen<ConnectionSettings> AnySettings =
        from maxConnections in Gen.Int[1, 3]
        from maxRequests in Gen.Int[1, 5]
        from queueLimit in Gen.Int[0, Tasks]
        from queueTimeout in Gen.Int[5, 60]
        from idleTimeout in Gen.Int[1, 10]
        from maxIdle in Gen.Int[0, 3]
        from perConnection in Gen.Int[1, 30]
        select PoolSettings.Default with
        {
            Multiplexing = true,
            MaxConnections = maxConnections,
            MaxMultiplexedRequests = maxRequests,
            QueueLimit = queueLimit,
            QueueTimeout = TimeSpan.FromMilliseconds(queueTimeout),
            IdleTimeout = TimeSpan.FromMilliseconds(idleTimeout),
            MaxIdleConnections = maxIdle,
            MaxRequestsPerConnection = perConnection,
        };

    [Fact]
    public Task RentAndReturn_ByManyTasks_KeepsTheLimitsAndLosesNothing() =>
        Gen.Select(AnySettings, Gen.Int).SampleAsync(RunAsync, iter: 20, threads: 1);

    private static async Task RunAsync(ConnectionSettings settings, int seed)
    {
        await using var responder = ScriptedResponder.Start(connection => ServeAsync(connection, seed));
        using var pool = new MultiplexedPool(FastCgiEndpoint.Parse(responder.Address), settings, TimeProvider.System, (_, why) => Assert.Fail(why));

        await Task.WhenAll(Enumerable.Range(0, Tasks).Select(task => Task.Run(() => RequestAsync(pool, settings, task, new Random(seed + task))))).WithinAsync("every task to end");

        await Eventually.UntilAsync(() => pool.RunningCount == 0, "the application to end what was given up");
        Assert.Equal(0, pool.WaitingCount);
        pool.Retire();
        await Eventually.UntilAsync(() => pool.OpenCount == 0, "every connection to be closed");
        await responder.WaitForConnectionClosedAsync(responder.AcceptedConnections);
    }

    private static async Task RequestAsync(MultiplexedPool pool, ConnectionSettings settings, int task, Random random)
    {
        for (var i = 0; i < RequestsPerTask; i++)
        {
            using var cancellation = new CancellationTokenSource();
            if (random.Next(4) == 0)
            {
                cancellation.CancelAfter(random.Next(5));
            }

            FastCgiConnection request;
            try
            {
                request = await pool.RentAsync(mayReuse: true, cancellation.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or FastCgiException { Error: FastCgiError.QueueFull or FastCgiError.QueueTimeout })
            {
                continue;
            }

            Assert.InRange(pool.OpenCount, 0, settings.MaxConnections);
            Assert.InRange(pool.RunningCount, 0, settings.MaxConnections * settings.MaxMultiplexedRequests);
            using (cancellation.Token.UnsafeRegister(_ => request.Abort(FastCgiError.Canceled), null))
            {
                try
                {
                    var name = $"{task}-{i}";
                    request.Deadline.Arm(TimeSpan.FromMilliseconds(random.Next(5, 50)), FastCgiError.ResponseHeadTimeout);
                    await request.SendAsync(Head(name));
                    if (random.Next(10) > 0)
                    {
                        Assert.Equal(Answer(name), Encoding.ASCII.GetString(await SharedResponse.ReadAsync((MultiplexedRequest)request)));
                    }
                }
                catch (FastCgiException exception) when (exception.Error is FastCgiError.ConnectionLost or FastCgiError.Canceled or FastCgiError.ResponseHeadTimeout)
                {
                    // The application has closed the connection, the request was canceled, or the application waits for just that.
                }
            }

            pool.Return(request, reusable: true);
        }
    }

    private static async Task ServeAsync(ScriptedConnection connection, int seed)
    {
        var served = 0;
        await MultiplexingApplication.ServeAsync(connection, async exchange =>
        {
            var random = new Random(seed + exchange.Request.Id);
            switch (random.Next(12))
            {
                case 0 when connection.Number % 3 == 0 && Interlocked.Increment(ref served) > 5:
                    connection.ShutdownSend();
                    break;

                case 1:
                    await exchange.Aborted;
                    await exchange.EndRequestAsync();
                    break;

                default:
                    var name = exchange.Request["NAME"]!;
                    await exchange.SendStdoutAsync("\r\n");
                    await exchange.SendStdoutAsync(Answer(name));
                    await exchange.EndRequestAsync();
                    break;
            }
        });
    }

    private static string Answer(string name) => string.Concat(Enumerable.Repeat($"answer to {name} ", 100));

    private static byte[] Head(string name)
    {
        using var writer = new RequestWriter();
        writer.BeginRequest(1, FastCgiRole.Responder, keepConnection: true);
        Assert.True(writer.TryAddParam("NAME"u8, name, Encoding.ASCII));
        writer.EndParams();
        writer.EndStdin();
        return writer.Written.ToArray();
    }
}
