using System.Buffers;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>The records that an application sends.</summary>
internal static class ResponseRecords
{
    /// <summary>Writes content and the empty record that ends the stream.</summary>
    public static void WriteStdout(IBufferWriter<byte> output, ushort requestId, ReadOnlySpan<byte> content)
    {
        while (content.Length > 0)
        {
            var length = Math.Min(content.Length, ProtocolLimits.MaxPaddedContentLength);
            WriteRecord(output, RecordType.Stdout, requestId, content[..length]);
            content = content[length..];
        }

        WriteRecord(output, RecordType.Stdout, requestId, default);
    }

    public static void WriteEnd(IBufferWriter<byte> output, ushort requestId, uint appStatus, FastCgiProtocolStatus status)
    {
        RecordWriter.WriteEndRequest(output.GetSpan(RecordWriter.EndRequestSize), requestId, appStatus, status);
        output.Advance(RecordWriter.EndRequestSize);
    }

    public static void WriteUnknownType(IBufferWriter<byte> output, RecordType type)
        => WriteRecord(output, RecordType.UnknownType, requestId: 0, [(byte)type, 0, 0, 0, 0, 0, 0, 0]);

    private static void WriteRecord(IBufferWriter<byte> output, RecordType type, ushort requestId, ReadOnlySpan<byte> content)
    {
        var header = new RecordHeader(type, requestId, (ushort)content.Length, PaddingLength: 0);
        header.Write(output.GetSpan(ProtocolLimits.HeaderSize));
        output.Advance(ProtocolLimits.HeaderSize);
        output.Write(content);
    }
}
