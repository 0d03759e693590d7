using System.Globalization;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Plain;

namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>Reads one response in the way in which it is forwarded, and notes what it sees.</summary>
internal sealed class ResponseReading : IStderrSink, IDisposable
{
    private const int MaxInformationalHeads = 16;

    private readonly bool _keeps;
    private StepCounter _steps = new(1_000_000);
    private long? _announced;

    /// <param name="connection">Where the response comes from.</param>
    /// <param name="maxHeadSize">In bytes.</param>
    /// <param name="keeps">Whether what is seen is kept, which allocates.</param>
    public ResponseReading(FastCgiConnection connection, int maxHeadSize, bool keeps)
    {
        _keeps = keeps;
        Reader = new ResponseReader(connection, connection.RequestId, maxHeadSize, this);
    }

    public ResponseReader Reader { get; }

    public ResponseOutcome Outcome { get; } = new();

    /// <summary>Reads to the end of the response, or up to what is wrong with it.</summary>
    public async Task ReadAsync()
    {
        try
        {
            Outcome.Ending = await ReadHeadsAsync() ?? await ReadBodyAsync();
        }
        catch (FastCgiException exception)
        {
            Outcome.Ending = $"{exception.Error}";
        }

        Outcome.StdoutEnded = Reader.StdoutEnded;
        Outcome.HasDroppedFormerOutput = Reader.HasDroppedFormerOutput;
        Outcome.SkippedType = (byte?)Reader.SkippedType;
        if (_keeps && _announced is { } announced)
        {
            // The client was told: it would wait for what is missing, and take what is too much for the next response.
            Check.Same($"{announced} end", $"{Outcome.Body.Count} {Outcome.Ending.Split(' ')[0]}", "A length that is announced from what was received is kept");
        }
    }

    public void Dispose() => Reader.Dispose();

    void IStderrSink.Write(ReadOnlySpan<byte> text)
    {
        Check.That(!text.IsEmpty, "No empty STDERR is passed on");
        if (_keeps)
        {
            Outcome.Stderr.AddRange(text);
        }
    }

    /// <summary>Reads until a final head, and whether a redirect has a body.</summary>
    /// <returns>How the response ends; null when its body is to be read.</returns>
    private async Task<string?> ReadHeadsAsync()
    {
        for (var heads = 1; ; heads++)
        {
            await Reader.ReadHeadAsync();
            var error = Reader.ValidateHead(acceptStatusLine: false, out var info);
            if (error != ResponseHeadError.None)
            {
                return $"{error}";
            }

            var (status, length, coding) = (info.StatusCode, info.ContentLength, info.TransferCoding);
            var isRedirect = info.HasLocation && !info.HasStatus;
            var head = Describe();
            if (_keeps)
            {
                Outcome.Heads.Add(head);
            }

            if (coding == TransferCoding.Unsupported || status == 101 || (status < 200 && heads > MaxInformationalHeads))
            {
                return "refused";
            }

            if (status < 200)
            {
                continue;
            }

            if (isRedirect)
            {
                var hasBody = await Reader.HasBodyAsync();
                Check.Same(head, Describe(), "The head is still there when the body was looked for");
                if (!hasBody)
                {
                    return null;
                }
            }

            if (coding == TransferCoding.None && length is null && Reader.TryGetReceivedBodyLength(out var received))
            {
                _announced = received;
            }

            Reader.BeginBody(length, coding == TransferCoding.Chunked);
            return null;
        }
    }

    private async Task<string> ReadBodyAsync()
    {
        while (true)
        {
            _steps.Step();
            switch (Reader.TryReadBody(out var content))
            {
                case BodyReadStatus.Content:
                    Check.That(!content.IsEmpty, "A piece of the body is not empty");
                    if (_keeps)
                    {
                        Outcome.Body.AddRange(content);
                    }

                    continue;

                case BodyReadStatus.End:
                    return Reader.HasExcess ? "excess" : string.Create(CultureInfo.InvariantCulture, $"end {Reader.End.AppStatus} {(byte)Reader.End.ProtocolStatus}");
            }

            if (await Reader.ReceiveAsync() == 0)
            {
                return "no end";
            }
        }
    }

    /// <summary>Status, reason and fields of the head that was read.</summary>
    private string Describe()
    {
        if (!_keeps)
        {
            var ignored = new FieldCounter();
            Reader.ReportHead(ref ignored);
            return "";
        }

        _ = Reader.ValidateHead(acceptStatusLine: false, out var info);
        var fields = new FieldCollector();
        Reader.ReportHead(ref fields);
        return PlainResponse.Describe(info.StatusCode, Check.Latin1(info.ReasonPhrase), info.ContentLength, info.TransferCoding, fields.Fields);
    }
}
