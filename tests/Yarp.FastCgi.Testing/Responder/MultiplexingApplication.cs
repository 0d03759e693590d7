namespace Yarp.FastCgi.Testing;

/// <summary>
/// The application's end of a connection that carries several requests at a time: takes their records apart, strictly, and answers
/// GET_VALUES. Each request is served as soon as its params have come, beside the others.
/// </summary>
public sealed class MultiplexingApplication : IDisposable
{
    private readonly ScriptedConnection _connection;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly Dictionary<ushort, MultiplexedExchange> _requests = [];
    private readonly HashSet<ushort> _withParams = [];

    private MultiplexingApplication(ScriptedConnection connection) => _connection = connection;

    /// <summary>The answer of an application that multiplexes.</summary>
    public static IReadOnlyList<(string Name, string Value)> Yes { get; } = [("FCGI_MPXS_CONNS", "1")];

    /// <summary>Serves a connection until the other side closes it.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="serve">What is done for each request.</param>
    /// <param name="values">The answer to GET_VALUES; yes when it is not given.</param>
    public static async Task ServeAsync(ScriptedConnection connection, Func<MultiplexedExchange, Task> serve, IReadOnlyList<(string Name, string Value)>? values = null)
    {
        using var application = new MultiplexingApplication(connection);
        var serving = new List<Task>();
        while (await connection.TryReadRecordAsync() is { } record)
        {
            if (record.Type == WireRecordType.GetValues)
            {
                ProtocolViolationException.ThrowIf(record.RequestId != 0, "GET_VALUES with another request id than 0");
                await connection.SendRawAsync(Wire.GetValuesResult([.. values ?? Yes]));
            }
            else if (application.Take(record) is { } exchange)
            {
                serving.Add(Task.Run(() => serve(exchange)));
            }

            foreach (var failed in serving.FindAll(task => task.IsFaulted && task.Exception!.InnerException is not PeerClosedException))
            {
                await failed;
            }
        }

        connection.Close();
        foreach (var exchange in application._requests.Values)
        {
            exchange.Abort();
        }

        foreach (var task in serving)
        {
            try
            {
                await task;
            }
            catch (Exception exception) when (exception is PeerClosedException or ObjectDisposedException)
            {
                // The other side has closed before the response was complete.
            }
        }
    }

    public void Dispose() => _sending.Dispose();

    internal async Task SendRawAsync(ReadOnlyMemory<byte> bytes)
    {
        await _sending.WaitAsync();
        try
        {
            await _connection.SendRawAsync(bytes);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <returns>The exchange of a request whose params are complete with this record.</returns>
    private MultiplexedExchange? Take(WireRecord record)
    {
        switch (record.Type)
        {
            case WireRecordType.BeginRequest:
                ProtocolViolationException.ThrowIf(!_requests.TryAdd(record.RequestId, new MultiplexedExchange(this, new ReceivedRequest(record, _connection.Number))), $"request id {record.RequestId} used twice");
                ProtocolViolationException.ThrowIf(!_requests[record.RequestId].Request.KeepConnection, "a multiplexed request without FCGI_KEEP_CONN");
                return null;

            case WireRecordType.Params:
                var exchange = Find(record);
                if (exchange.Request.AddParams(record, allowRepeated: false))
                {
                    return null;
                }

                ProtocolViolationException.ThrowIf(!_withParams.Add(record.RequestId), "PARAMS behind their end");
                _connection.OnRequest(exchange.Request);
                return exchange;

            case WireRecordType.Stdin:
                ProtocolViolationException.ThrowIf(!_withParams.Contains(record.RequestId), "STDIN before the end of PARAMS");
                Find(record).Request.AddStdin(record, _connection.RetainStdin);
                return null;

            case WireRecordType.AbortRequest:
                ProtocolViolationException.ThrowIf(!record.Content.IsEmpty, "ABORT_REQUEST with content");
                Find(record).Abort();
                return null;

            default:
                throw new ProtocolViolationException($"FastCGI violation: {record.Type} from a web server.");
        }
    }

    private MultiplexedExchange Find(WireRecord record) =>
        _requests.TryGetValue(record.RequestId, out var exchange)
            ? exchange
            : throw new ProtocolViolationException($"FastCGI violation: {record.Type} for request id {record.RequestId}, which was not begun.");
}
