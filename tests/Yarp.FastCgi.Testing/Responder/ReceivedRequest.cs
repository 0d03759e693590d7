using System.Text;

namespace Yarp.FastCgi.Testing;

/// <summary>A request as the application received it, with the records it was made of.</summary>
public sealed class ReceivedRequest
{
    private readonly Lock _lock = new();
    private readonly List<WireRecord> _records = [];
    private readonly List<ReceivedParam> _params = [];
    private readonly Dictionary<string, ReceivedParam> _byName = new(StringComparer.Ordinal);
    private bool _isComplete;
    private long _stdinLength;

    internal ReceivedRequest(WireRecord begin, int connectionNumber)
    {
        var body = begin.Content.Span;
        ProtocolViolationException.ThrowIf(begin.Type != WireRecordType.BeginRequest, $"{begin.Type} where BEGIN_REQUEST was due");
        ProtocolViolationException.ThrowIf(begin.RequestId == 0, "BEGIN_REQUEST with request id 0");
        ProtocolViolationException.ThrowIf(body.Length != 8, $"BEGIN_REQUEST with {body.Length} bytes instead of 8");
        ProtocolViolationException.ThrowIf(body[3..].ContainsAnyExcept((byte)0), "reserved bytes of BEGIN_REQUEST are not zero");
        ProtocolViolationException.ThrowIf((body[2] & ~1) != 0, $"undefined flags {body[2]}");
        Id = begin.RequestId;
        Role = (ushort)((body[0] << 8) | body[1]);
        Flags = body[2];
        ConnectionNumber = connectionNumber;
        _records.Add(begin);
    }

    public ushort Id { get; }

    /// <summary>1 is Responder.</summary>
    public ushort Role { get; }

    public byte Flags { get; }

    /// <summary>FCGI_KEEP_CONN: the application must not close the connection behind the response.</summary>
    public bool KeepConnection => (Flags & 1) != 0;

    /// <summary>The connection this request came on: 1 is the first that was accepted.</summary>
    public int ConnectionNumber { get; }

    /// <summary>In the order they came. No name stands twice, unless <see cref="ScriptedConnection.AllowRepeatedParams"/>: that is refused while reading.</summary>
    public IReadOnlyList<ReceivedParam> Params => _params;

    /// <summary>Every record of the request so far: for assertions on layout.</summary>
    public IReadOnlyList<WireRecord> Records
    {
        get
        {
            lock (_lock)
            {
                return [.. _records];
            }
        }
    }

    /// <summary>The empty STDIN record has come.</summary>
    public bool IsComplete => Volatile.Read(ref _isComplete);

    /// <summary>Bytes of STDIN so far.</summary>
    public long StdinLength => Volatile.Read(ref _stdinLength);

    /// <summary>STDIN so far; all of it once <see cref="IsComplete"/>.</summary>
    public byte[] Stdin => [.. Records.Where(record => record.Type == WireRecordType.Stdin).SelectMany(record => record.Content.ToArray())];

    public string StdinText => Encoding.UTF8.GetString(Stdin);

    /// <summary>The value of a param; null when it was not sent.</summary>
    public string? this[string name] => _byName.GetValueOrDefault(name)?.Text;

    public ReceivedParam? Param(string name) => _byName.GetValueOrDefault(name);

    public override string ToString() => $"request {Id} on connection {ConnectionNumber}: {this["REQUEST_METHOD"]} {this["REQUEST_URI"]}";

    /// <summary>Returns false for the record that ends PARAMS.</summary>
    internal bool AddParams(WireRecord record, bool allowRepeated)
    {
        ProtocolViolationException.ThrowIf(record.Type != WireRecordType.Params, $"{record.Type} where PARAMS was due");
        Add(record);
        foreach (var param in ReceivedParam.ParseRecord(record.Content))
        {
            ProtocolViolationException.ThrowIf(!allowRepeated && _byName.ContainsKey(param.Name), $"param {param.Name} sent twice");
            _byName[param.Name] = param;
            _params.Add(param);
        }

        return record.Content.Length > 0;
    }

    /// <summary>Returns false for the record that ends STDIN.</summary>
    internal bool AddStdin(WireRecord record, bool retain)
    {
        ProtocolViolationException.ThrowIf(record.Type != WireRecordType.Stdin, $"{record.Type} where STDIN was due");
        Add(retain ? record : record with { Content = default });
        Volatile.Write(ref _stdinLength, _stdinLength + record.Content.Length);
        if (record.Content.Length > 0)
        {
            return true;
        }

        var isInFile = this["REQUEST_BODY_FILE"] is not null;
        ProtocolViolationException.ThrowIf(isInFile && _stdinLength > 0, $"{_stdinLength} bytes of STDIN beside REQUEST_BODY_FILE");
        ProtocolViolationException.ThrowIf(
            !isInFile && long.TryParse(this["CONTENT_LENGTH"], out var announced) && announced != _stdinLength,
            $"STDIN ended after {_stdinLength} bytes, CONTENT_LENGTH was {this["CONTENT_LENGTH"]}");
        Volatile.Write(ref _isComplete, true);
        return false;
    }

    private void Add(WireRecord record)
    {
        ProtocolViolationException.ThrowIf(record.RequestId != Id, $"{record.Type} with request id {record.RequestId} inside request {Id}");
        lock (_lock)
        {
            _records.Add(record);
        }
    }
}
