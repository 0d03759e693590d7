using System.Buffers.Binary;

namespace Yarp.FastCgi.Client.Protocol;

/// <summary>The content of END_REQUEST (FastCGI 1.0, section 5.5).</summary>
internal readonly record struct EndRequestBody(uint AppStatus, FastCgiProtocolStatus ProtocolStatus)
{
    public const int Size = 8;

    /// <summary>False when the content is shorter than <see cref="Size"/>; reserved and surplus bytes are ignored.</summary>
    public static bool TryRead(ReadOnlySpan<byte> content, out EndRequestBody body)
    {
        if (content.Length < Size)
        {
            body = default;
            return false;
        }

        body = new EndRequestBody(BinaryPrimitives.ReadUInt32BigEndian(content), (FastCgiProtocolStatus)content[4]);
        return true;
    }
}
