using System.Buffers.Binary;
using System.Globalization;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>
/// The response in an input, read plainly: all its records first, then one after the other, and all of what was said so far again for each.
/// </summary>
internal sealed class PlainResponse
{
    private const int RequestId = 1;
    private const int MaxInformationalHeads = 16;

    private readonly int _maxHeadSize;
    private readonly int? _formerRequestId;
    private readonly ResponseOutcome _outcome = new();
    private readonly List<byte> _unreadStdout = [];
    private PlainHead? _head;
    private bool _awaitsBody;

    private PlainResponse(int maxHeadSize, int? formerRequestId)
    {
        _maxHeadSize = maxHeadSize;
        _formerRequestId = formerRequestId;
    }

    /// <param name="input">What the application sends.</param>
    /// <param name="maxHeadSize">In bytes.</param>
    /// <param name="formerRequestId">The id of the connection's request before; null when there was none.</param>
    public static ResponseOutcome Read(ReadOnlySpan<byte> input, int maxHeadSize, int? formerRequestId)
    {
        var reading = new PlainResponse(maxHeadSize, formerRequestId);
        var records = PlainRecords.Read(input);
        foreach (var record in records.Records.SkipWhile(reading.IsOfFormerRequest))
        {
            reading.Read(record);
            if (reading._outcome.Ending.Length > 0)
            {
                return reading._outcome;
            }
        }

        reading._outcome.Ending = records.IsUnsupported ? $"{FastCgiError.ProtocolViolation}" : reading.EndOfInput();
        return reading._outcome;
    }

    /// <summary>Whether a script of the request before is still at work: what it sends is nobody's, as long as nothing else has come.</summary>
    private bool IsOfFormerRequest(PlainRecord record)
    {
        var isFormer = record.Type is 3 or 6 or 7 && record.RequestId == _formerRequestId;
        _outcome.HasDroppedFormerOutput |= isFormer;
        return isFormer;
    }

    private void Read(PlainRecord record)
    {
        if (record.Type is 3 or 6 or 7 && record.RequestId != RequestId)
        {
            _outcome.Ending = $"{FastCgiError.ProtocolViolation}";
        }
        else if (record.Type == 7)
        {
            _outcome.Stderr.AddRange(record.Content);
        }
        else if (record.Type == 6 && !_outcome.StdoutEnded)
        {
            _outcome.StdoutEnded = record.Content.Length == 0;
            _unreadStdout.AddRange(record.Content);
            ReadStdout();
        }
        else if (record.Type == 3 && record.IsWhole)
        {
            ReadEnd(record);
        }
        else if (record.Type is not (3 or 6))
        {
            _outcome.SkippedType ??= record.Type;
        }
    }

    private void ReadStdout()
    {
        while (_head is null && _unreadStdout.Count > 0)
        {
            var stdout = _unreadStdout.ToArray();
            var end = PlainHead.FindEnd(stdout);
            if (end > _maxHeadSize || (end < 0 && stdout.Length >= _maxHeadSize))
            {
                _outcome.Ending = $"{FastCgiError.ResponseHeadTooLarge}";
                return;
            }

            if (end < 0)
            {
                return;
            }

            _unreadStdout.RemoveRange(0, end);
            ReadHead(PlainHead.Parse(stdout.AsSpan(0, end), acceptStatusLine: false));
            if (_outcome.Ending.Length > 0)
            {
                return;
            }
        }

        if (_head is not null && _unreadStdout.Count > 0)
        {
            ReadBody(_head);
        }
    }

    private void ReadHead(PlainHead head)
    {
        if (head.Error != ResponseHeadError.None)
        {
            _outcome.Ending = $"{head.Error}";
            return;
        }

        _outcome.Heads.Add(Describe(head));
        if (head.Coding == TransferCoding.Unsupported || head.StatusCode == 101)
        {
            _outcome.Ending = "refused";
        }
        else if (head.StatusCode >= 200)
        {
            _head = head;
            _awaitsBody = head.HasLocation && !head.HasStatus;
        }
        else if (_outcome.Heads.Count > MaxInformationalHeads)
        {
            _outcome.Ending = "refused";
        }
    }

    private void ReadBody(PlainHead head)
    {
        _awaitsBody = false;
        var stdout = _unreadStdout.ToArray();
        if (head.Coding == TransferCoding.Chunked)
        {
            var chunks = PlainChunks.Decode(stdout);
            Hand(chunks.Content);
            _outcome.Ending = chunks.Invalid is not null ? $"{FastCgiError.InvalidResponseBody}"
                : chunks.End < stdout.Length ? "excess"
                : "";
        }
        else if (stdout.Length > head.ContentLength)
        {
            Hand(stdout[..(int)head.ContentLength]);
            _outcome.Ending = "excess";
        }
        else
        {
            Hand(stdout);
        }

        void Hand(byte[] body)
        {
            _outcome.Body.Clear();
            _outcome.Body.AddRange(body);
        }
    }

    private bool IsBodyComplete(PlainHead head)
        => head.Coding == TransferCoding.Chunked ? PlainChunks.Decode(_unreadStdout.ToArray()).End is not null
            : head.ContentLength is null || _unreadStdout.Count == head.ContentLength;

    private void ReadEnd(PlainRecord record)
    {
        if (record.Content.Length < 8)
        {
            _outcome.Ending = $"{FastCgiError.ProtocolViolation}";
            return;
        }

        _outcome.End = record.End;
        var appStatus = BinaryPrimitives.ReadUInt32BigEndian(record.Content);
        var protocolStatus = record.Content[4];
        var end = string.Create(CultureInfo.InvariantCulture, $"end {appStatus} {protocolStatus}");
        if (_head is null)
        {
            _outcome.Ending = protocolStatus switch
            {
                0 => $"{FastCgiError.NoResponse}",
                1 => $"{FastCgiError.CannotMultiplex}",
                2 => $"{FastCgiError.Overloaded}",
                3 => $"{FastCgiError.UnknownRole}",
                _ => $"{FastCgiError.ProtocolViolation}",
            };
        }
        else if (_awaitsBody)
        {
            // The location alone counts: the rest is dropped, however it ended.
            _outcome.Ending = end;
        }
        else
        {
            _outcome.Ending = protocolStatus != 0 ? $"{FastCgiError.ProtocolViolation}"
                : !IsBodyComplete(_head) ? $"{FastCgiError.ResponseTooShort}"
                : end;
        }
    }

    private string EndOfInput()
    {
        if (_head is null || (_awaitsBody && !_outcome.StdoutEnded))
        {
            return $"{FastCgiError.ConnectionLost}";
        }

        var isDelimited = _head.Coding == TransferCoding.Chunked || _head.ContentLength is not null;
        return _awaitsBody || (isDelimited ? IsBodyComplete(_head) : _outcome.StdoutEnded) ? "no end" : $"{FastCgiError.ConnectionLost}";
    }

    private static string Describe(PlainHead head) => Describe(head.StatusCode, head.Reason, head.ContentLength, head.Coding, head.Fields);

    /// <summary>A head as lines of text.</summary>
    public static string Describe(int statusCode, string reason, long? contentLength, TransferCoding coding, IEnumerable<(string Name, string Value)> fields)
        => string.Create(CultureInfo.InvariantCulture, $"{statusCode} {reason} {contentLength} {coding}\n") + string.Join('\n', fields.Select(field => $"{field.Name}: {field.Value}"));
}
