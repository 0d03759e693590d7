using System.Text.Json;

namespace Yarp.FastCgi.Testing;

/// <summary>A span as a collector received it.</summary>
/// <param name="Service">The service.name of its resource.</param>
/// <param name="Name">Its name.</param>
/// <param name="TraceId">32 hexadecimal digits.</param>
/// <param name="SpanId">16 hexadecimal digits.</param>
/// <param name="ParentSpanId">16 hexadecimal digits; empty for the first of its trace.</param>
public sealed record ReceivedSpan(string Service, string Name, string TraceId, string SpanId, string ParentSpanId);

/// <summary>A real receiver of OTLP (npm's @elastic/mockotlpserver, see tests/otlp) as a process of its own.</summary>
public sealed class OtlpReceiver : IAsyncDisposable
{
    private const string SpanLine = "span ";
    private const string AddressLine = "listens ";

    private readonly ChildProcess _process;

    private OtlpReceiver(ChildProcess process) => _process = process;

    /// <summary>Where it takes OTLP by HTTP: protobuf and JSON.</summary>
    public string HttpUrl { get; private set; } = "";

    /// <summary>Where it takes OTLP by gRPC.</summary>
    public string GrpcUrl { get; private set; } = "";

    /// <summary>The spans so far.</summary>
    public IReadOnlyList<ReceivedSpan> Spans => [.. Lines(SpanLine).Select(ReadSpan)];

    public static async Task<OtlpReceiver> StartAsync()
    {
        var directory = ExternalProgram.Require(ExternalProgram.OtlpReceiver);
        var receiver = new OtlpReceiver(ChildProcess.Start(ExternalProgram.Require("node"), [Path.Combine(directory, "receiver.js")]));
        try
        {
            await Eventually.UntilAsync(() => receiver.Lines(AddressLine).Any(), "the OTLP receiver to listen");
            using var addresses = JsonDocument.Parse(receiver.Lines(AddressLine).Single());
            receiver.HttpUrl = addresses.RootElement.GetProperty("http").GetString()!.TrimEnd('/');
            receiver.GrpcUrl = addresses.RootElement.GetProperty("grpc").GetString()!.TrimEnd('/');
            return receiver;
        }
        catch
        {
            await receiver.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until so many spans of a trace have come.</summary>
    public async Task<IReadOnlyList<ReceivedSpan>> WaitAsync(string traceId, int count)
    {
        await Eventually.UntilAsync(() => OfTrace().Length >= count, $"{count} spans of the trace {traceId} at the receiver");
        return OfTrace();

        ReceivedSpan[] OfTrace() => [.. Spans.Where(span => span.TraceId == traceId)];
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private IEnumerable<string> Lines(string beginning)
        => _process.Output.Split('\n').Where(line => line.StartsWith(beginning, StringComparison.Ordinal)).Select(line => line[beginning.Length..]);

    private static ReceivedSpan ReadSpan(string line)
    {
        using var json = JsonDocument.Parse(line);
        return new ReceivedSpan(Get("service"), Get("name"), Get("traceId"), Get("spanId"), Get("parentSpanId"));

        string Get(string name) => json.RootElement.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";
    }
}
