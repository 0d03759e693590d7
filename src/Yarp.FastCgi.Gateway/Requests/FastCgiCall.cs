using System.Diagnostics;
using System.Text;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Gateway.Requests;

/// <summary>One request from the terminal to a FastCGI application, over a connection of its own: what the application sends is handed out as it comes.</summary>
/// <param name="endpoint">Where the application listens.</param>
/// <param name="timeout">How long the whole may take.</param>
internal sealed class FastCgiCall(FastCgiEndpoint endpoint, TimeSpan timeout)
{
    private RecordReader _records;
    private byte[] _end = [];
    private TimeSpan? _firstByte;

    /// <param name="parameters">PARAMS, in this order.</param>
    /// <param name="stdin">The body of the request.</param>
    /// <param name="stdout">Takes STDOUT.</param>
    /// <param name="stderr">Takes STDERR.</param>
    /// <param name="cancellationToken">Gives the request up.</param>
    /// <exception cref="FastCgiException">The application cannot be reached, closes the connection before END_REQUEST, or does not keep to the protocol.</exception>
    /// <exception cref="TimeoutException">The time is over.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    public async Task<CallResult> RunAsync(IEnumerable<KeyValuePair<string, string>> parameters, ReadOnlyMemory<byte> stdin, Stream stdout, Stream stderr, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        using var request = Write(parameters, stdin.Span);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            var connector = new Connector(endpoint, timeout, TimeProvider.System);
            using var connection = await connector.ConnectPooledAsync(limit.Token);
            await using var giveUp = limit.Token.UnsafeRegister(static state => ((FastCgiConnection)state!).Abort(FastCgiError.Canceled), connection);

            // An application may answer before it has read everything.
            var sending = SendAsync(connection, request.Written);
            var end = await ReceiveAsync(connection, start, stdout, stderr);
            connection.Abort(FastCgiError.Canceled);
            await sending;
            return new CallResult(end, _firstByte, Stopwatch.GetElapsedTime(start));
        }
        catch (Exception exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested && exception is FastCgiException or OperationCanceledException)
        {
            throw new TimeoutException($"The application at {endpoint} was not done within {timeout.TotalSeconds:0.###} s (--timeout).", exception);
        }
    }

    private static RequestWriter Write(IEnumerable<KeyValuePair<string, string>> parameters, ReadOnlySpan<byte> stdin)
    {
        var writer = new RequestWriter();
        try
        {
            writer.BeginRequest(FastCgiConnection.FirstRequestId, FastCgiRole.Responder, keepConnection: false);
            foreach (var (name, value) in parameters)
            {
                if (!writer.TryAddParam(Encoding.UTF8.GetBytes(name), value, Encoding.UTF8))
                {
                    throw new FastCgiException(FastCgiError.ParamTooLong, $"The param {name} is longer than a record may be (65535 bytes).");
                }
            }

            writer.EndParams();
            writer.AddStdin(stdin);
            writer.EndStdin();
            return writer;
        }
        catch
        {
            writer.Dispose();
            throw;
        }
    }

    private static async Task SendAsync(FastCgiConnection connection, ReadOnlyMemory<byte> records)
    {
        try
        {
            await connection.SendAsync(records);
        }
        catch (FastCgiException)
        {
            // What the application says, or does not say, tells more.
        }
    }

    private async Task<EndRequestBody> ReceiveAsync(FastCgiConnection connection, long start, Stream stdout, Stream stderr)
    {
        while (await connection.ReceiveAsync() > 0)
        {
            _firstByte ??= Stopwatch.GetElapsedTime(start);
            while (TryRead(connection, out var type, out var content))
            {
                if (type == RecordType.EndRequest)
                {
                    return EndRequestBody.TryRead(content, out var end)
                        ? end
                        : throw new FastCgiException(FastCgiError.ProtocolViolation, $"The application at {endpoint} sent an END_REQUEST of less than {EndRequestBody.Size} bytes.");
                }

                await (type == RecordType.Stderr ? stderr : stdout).WriteAsync(content);
            }
        }

        throw new FastCgiException(FastCgiError.ConnectionLost, $"The application at {endpoint} closed the connection before END_REQUEST.");
    }

    /// <summary>Takes the next piece of STDOUT or STDERR, or a whole END_REQUEST, from what has been received.</summary>
    private bool TryRead(FastCgiConnection connection, out RecordType type, out byte[] content)
    {
        while (true)
        {
            var status = _records.Read(connection.Buffered, out var consumed, out var fragment);
            if (status == RecordReadStatus.UnsupportedVersion)
            {
                throw new FastCgiException(FastCgiError.ProtocolViolation, $"What the application at {endpoint} sends is not FastCGI: a record begins with another version than 1.");
            }

            type = fragment.Header.Type;
            content = status == RecordReadStatus.Fragment ? fragment.Content.ToArray() : [];
            connection.Consume(consumed);
            if (status == RecordReadStatus.NeedMoreData)
            {
                return false;
            }

            if (type is RecordType.Stdout or RecordType.Stderr && content.Length > 0)
            {
                return true;
            }

            if (type == RecordType.EndRequest)
            {
                _end = fragment.IsFirst ? content : [.. _end, .. content];
                if (fragment.IsLast)
                {
                    content = _end;
                    return true;
                }
            }
        }
    }
}
