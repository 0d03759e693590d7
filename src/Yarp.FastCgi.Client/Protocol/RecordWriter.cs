using System.Buffers.Binary;
using System.Text;

namespace Yarp.FastCgi.Client.Protocol;

/// <summary>Writes single records into a buffer of the caller. Every byte written is defined, reserved ones are 0.</summary>
internal static class RecordWriter
{
    public const int BeginRequestSize = ProtocolLimits.HeaderSize + 8;

    public const int AbortRequestSize = ProtocolLimits.HeaderSize;

    public const int EndRequestSize = ProtocolLimits.HeaderSize + EndRequestBody.Size;

    /// <summary>Writes BEGIN_REQUEST (FastCGI 1.0, section 5.1), <see cref="BeginRequestSize"/> bytes.</summary>
    public static void WriteBeginRequest(Span<byte> destination, ushort requestId, FastCgiRole role, bool keepConnection)
    {
        destination = destination[..BeginRequestSize];
        new RecordHeader(RecordType.BeginRequest, requestId, BeginRequestSize - ProtocolLimits.HeaderSize, 0).Write(destination);
        var body = destination[ProtocolLimits.HeaderSize..];
        BinaryPrimitives.WriteUInt16BigEndian(body, (ushort)role);
        body[2] = keepConnection ? ProtocolLimits.KeepConnectionFlag : (byte)0;
        body[3..].Clear();
    }

    /// <summary>Writes ABORT_REQUEST (section 5.4), <see cref="AbortRequestSize"/> bytes.</summary>
    public static void WriteAbortRequest(Span<byte> destination, ushort requestId) =>
        new RecordHeader(RecordType.AbortRequest, requestId, 0, 0).Write(destination);

    /// <summary>Writes END_REQUEST (section 5.5), <see cref="EndRequestSize"/> bytes; what an application sends.</summary>
    public static void WriteEndRequest(Span<byte> destination, ushort requestId, uint appStatus, FastCgiProtocolStatus status)
    {
        destination = destination[..EndRequestSize];
        new RecordHeader(RecordType.EndRequest, requestId, EndRequestBody.Size, 0).Write(destination);
        var body = destination[ProtocolLimits.HeaderSize..];
        BinaryPrimitives.WriteUInt32BigEndian(body, appStatus);
        body[4] = (byte)status;
        body[5..].Clear();
    }

    /// <summary>
    /// Writes GET_VALUES (section 4.1) that asks for variables by their ASCII names, and returns its length.
    /// It is a management record, so its request id is 0.
    /// </summary>
    public static int WriteGetValues(Span<byte> destination, scoped ReadOnlySpan<string> names)
    {
        var end = ProtocolLimits.HeaderSize;
        foreach (var name in names)
        {
            end += NameValueLength.Write(destination[end..], name.Length);
            end += NameValueLength.Write(destination[end..], 0);
            end += Encoding.ASCII.GetBytes(name, destination[end..]);
        }

        var header = RecordHeader.Padded(RecordType.GetValues, requestId: 0, end - ProtocolLimits.HeaderSize);
        header.Write(destination);
        destination.Slice(end, header.PaddingLength).Clear();
        return end + header.PaddingLength;
    }
}
