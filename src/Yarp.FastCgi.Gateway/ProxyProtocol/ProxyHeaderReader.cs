using System.Buffers;

namespace Yarp.FastCgi.Gateway.ProxyProtocol;

/// <summary>
/// Reads the header that stands in front of all bytes of a connection (The PROXY protocol, versions 1 and 2, of HAProxy, 2020/03/05). It is told from
/// anything else by its first byte that differs.
/// </summary>
internal static class ProxyHeaderReader
{
    /// <returns><see cref="OperationStatus.NeedMoreData"/> for the beginning of a header, <see cref="OperationStatus.InvalidData"/> for what can be none.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> input, out ProxyHeader header)
        => StartsLike(input, ProxyHeaderV2.Signature) ? ProxyHeaderV2.Read(input, out header) : ProxyHeaderV1.Read(input, out header);

    /// <summary>Whether the input begins with the signature, or with as much of it as there is.</summary>
    internal static bool StartsLike(ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature)
        => input.Length < signature.Length ? signature.StartsWith(input) : input.StartsWith(signature);
}
