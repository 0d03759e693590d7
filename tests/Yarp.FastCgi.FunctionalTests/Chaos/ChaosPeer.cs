using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Chaos;

/// <summary>An application on the brink: answers rightly, or does something of <see cref="Fault"/>; and counts who has reached it.</summary>
internal sealed class ChaosPeer
{
    private static readonly int FaultCount = Enum.GetValues<Fault>().Length;

    private readonly Random _random;
    private readonly Lock _lock = new();
    private readonly int[] _counts = new int[FaultCount];
    private volatile bool _isCalm;

    public ChaosPeer(int seed) => _random = new Random(seed);

    /// <summary>How often each request that may have an effect has reached the application, by its id; not those that it refused as overloaded.</summary>
    public ConcurrentDictionary<string, int> Reached { get; } = new();

    /// <summary>From now on every answer is right.</summary>
    public void CalmDown() => _isCalm = true;

    public int CountOf(Fault fault) => Volatile.Read(ref _counts[(int)fault]);

    public async Task ServeAsync(ScriptedConnection connection)
    {
        while (await ServeOneAsync(connection, NextFault()))
        {
        }
    }

    // Half of the requests are served well.
    private Fault NextFault()
    {
        lock (_lock)
        {
            var fault = _isCalm || _random.Next(2) == 0 ? Fault.None : (Fault)_random.Next(FaultCount);
            _counts[(int)fault]++;
            return fault;
        }
    }

    private int Next(int max)
    {
        lock (_lock)
        {
            return _random.Next(max);
        }
    }

    /// <returns>Whether the connection may be used again.</returns>
    private async Task<bool> ServeOneAsync(ScriptedConnection connection, Fault fault)
    {
        switch (fault)
        {
            case Fault.ResetAtOnce:
                connection.Reset();
                return false;

            case Fault.ResetInsideTheParams:
                await connection.ReadRecordAsync();
                connection.Reset();
                return false;
        }

        if (await connection.TryReadHeadAsync() is not { } request)
        {
            return false;
        }

        var query = QueryHelpers.ParseQuery(request["QUERY_STRING"]);
        var id = query["id"].ToString();
        if (request["REQUEST_METHOD"] == "POST" && fault != Fault.Overloaded)
        {
            Reached.AddOrUpdate(id, 1, static (_, count) => count + 1);
        }

        if (fault == Fault.ResetBeforeTheBody)
        {
            connection.Reset();
            return false;
        }

        if (fault == Fault.EarlyAnswer)
        {
            await connection.SendReplyAsync(Reply.Status(403, "Forbidden", "too early"));
            return false;
        }

        await connection.ReadRemainingStdinAsync();
        var answer = ChaosAnswer.Create(id, int.Parse(query["size"].ToString(), CultureInfo.InvariantCulture), request.Stdin);
        return await AnswerAsync(connection, request.Id, fault, answer) && request.KeepConnection;
    }

    private async Task<bool> AnswerAsync(ScriptedConnection connection, ushort requestId, Fault fault, byte[] answer)
    {
        var head = string.Create(CultureInfo.InvariantCulture, $"Content-Type: application/octet-stream\r\nContent-Length: {answer.Length}\r\n\r\n");
        var padding = (byte)Next(256);
        switch (fault)
        {
            case Fault.CloseWithoutAnswer:
                return false;

            case Fault.ResetWithoutAnswer:
                connection.Reset();
                return false;

            case Fault.Overloaded:
                await connection.EndRequestAsync(protocolStatus: 2);
                return false;

            case Fault.EmptyAnswer:
                await connection.EndRequestAsync(appStatus: 255, padding: padding);
                return false;

            case Fault.HalfHead:
                await connection.SendStdoutAsync(head[..Next(head.Length)]);
                return false;

            case Fault.HalfBody:
                await connection.SendStdoutAsync(head, padding);
                await connection.SendStdoutAsync(answer.AsMemory(0, answer.Length / 2), padding);
                return false;

            case Fault.HalfBodyOfUnknownLength:
                await connection.SendStdoutAsync("Content-Type: application/octet-stream\r\n\r\n");
                await connection.SendStdoutAsync(answer.AsMemory(0, answer.Length / 2), padding);
                return false;

            case Fault.HalfRecord:
                var record = Wire.Record(WireRecordType.Stdout, head, requestId: requestId);
                await connection.SendRawAsync(record.AsMemory(0, Next(record.Length)));
                return false;

            case Fault.HalfClose:
                await connection.SendStdoutAsync(head);
                await connection.SendStdoutAsync(answer.AsMemory(0, answer.Length / 2));
                connection.ShutdownSend();
                await connection.WaitForPeerCloseAsync();
                return false;

            case Fault.Garbage:
                var garbage = new byte[1 + Next(5000)];
                Random.Shared.NextBytes(garbage);
                garbage[0] = 0xFF;
                await connection.SendRawAsync(garbage);
                return false;

            case Fault.ForeignRequestId:
                await connection.SendRecordAsync(WireRecordType.Stdout, answer.AsMemory(0, Math.Min(answer.Length, 10_000)), padding, requestId: 65_000);
                return false;

            case Fault.Hang:
                await connection.WaitForPeerCloseAsync();
                return false;
        }

        if (fault == Fault.Drip)
        {
            foreach (var b in head)
            {
                await connection.SendStdoutAsync(b.ToString());
            }
        }
        else
        {
            await connection.SendStdoutAsync(head, padding);
        }

        if (fault == Fault.Stderr)
        {
            await connection.SendStderrAsync(new string('e', Next(100_000) + 1), padding);
        }

        await connection.SendStdoutAsync(answer, padding);
        if (fault == Fault.TooLong)
        {
            await connection.SendStdoutAsync("more than announced");
        }

        await connection.EndRequestAsync(padding: padding);
        return fault is not (Fault.CloseBehindTheAnswer or Fault.TooLong);
    }
}
