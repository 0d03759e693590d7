using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Yarp.FastCgi.Client.Connections;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.InMemory;

/// <summary>The records of an answer.</summary>
internal static class CannedAnswer
{
    /// <param name="bodyLength">Length of the body, in bytes.</param>
    /// <param name="tellsLength">Whether the head has Content-Length.</param>
    public static byte[] Create(int bodyLength, bool tellsLength = true)
    {
        var length = tellsLength ? string.Create(CultureInfo.InvariantCulture, $"Content-Length: {bodyLength}\r\n") : "";
        var content = Encoding.ASCII.GetBytes($"Content-Type: text/plain\r\n{length}\r\n" + new string('x', bodyLength));
        using var stream = new MemoryStream();
        Write(stream, RecordType.Stdout, content);
        Write(stream, RecordType.Stdout, []);
        Write(stream, RecordType.EndRequest, new byte[EndRequestBody.Size]);
        return stream.ToArray();
    }

    /// <summary>Makes an answer one to another request: each of a kept connection has an id of its own.</summary>
    public static void SetRequestId(Span<byte> answer, ushort requestId)
    {
        while (!answer.IsEmpty)
        {
            BinaryPrimitives.WriteUInt16BigEndian(answer[2..], requestId);
            answer = answer[(ProtocolLimits.HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(answer[4..]))..];
        }
    }

    private static void Write(MemoryStream stream, RecordType type, byte[] content)
    {
        Span<byte> header = stackalloc byte[ProtocolLimits.HeaderSize];
        new RecordHeader(type, FastCgiConnection.FirstRequestId, (ushort)content.Length, PaddingLength: 0).Write(header);
        stream.Write(header);
        stream.Write(content);
    }
}
