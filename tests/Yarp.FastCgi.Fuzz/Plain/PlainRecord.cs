namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>A record, or what of it there is at the end of the input.</summary>
/// <param name="Type">As in the header.</param>
/// <param name="RequestId">As in the header.</param>
/// <param name="ContentLength">As in the header.</param>
/// <param name="PaddingLength">As in the header.</param>
/// <param name="Content">As much as there is.</param>
/// <param name="End">Where the record ends in the input, padding included; behind the end of the input when it is cut short.</param>
internal sealed record PlainRecord(byte Type, int RequestId, int ContentLength, int PaddingLength, byte[] Content, long End)
{
    public bool IsWhole => Content.Length == ContentLength;
}
