using System.Text;

namespace Yarp.FastCgi.Testing;

/// <summary>One of several requests on a connection, and what the application sends for it.</summary>
public sealed class MultiplexedExchange
{
    private readonly MultiplexingApplication _application;
    private readonly TaskCompletionSource _aborted = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal MultiplexedExchange(MultiplexingApplication application, ReceivedRequest request)
    {
        _application = application;
        Request = request;
    }

    public ReceivedRequest Request { get; }

    /// <summary>Completes when ABORT_REQUEST has come.</summary>
    public Task Aborted => _aborted.Task;

    public Task SendStdoutAsync(string content) => SendStdoutAsync(Encoding.UTF8.GetBytes(content));

    public async Task SendStdoutAsync(ReadOnlyMemory<byte> content, byte padding = 0)
    {
        for (; !content.IsEmpty; content = content[Math.Min(content.Length, Wire.MaxContentLength)..])
        {
            await SendRecordAsync(WireRecordType.Stdout, content[..Math.Min(content.Length, Wire.MaxContentLength)], padding);
        }
    }

    public Task SendRecordAsync(WireRecordType type, ReadOnlyMemory<byte> content, byte padding = 0) =>
        _application.SendRawAsync(Wire.Record(type, content.Span, padding, Request.Id));

    public Task EndRequestAsync(uint appStatus = 0, byte protocolStatus = 0) =>
        _application.SendRawAsync(Wire.EndRequest(appStatus, protocolStatus, requestId: Request.Id));

    public async Task SendReplyAsync(Reply reply)
    {
        await SendStdoutAsync(reply.Stdout);
        await EndRequestAsync(reply.AppStatus);
    }

    internal void Abort() => _aborted.TrySetResult();
}
