namespace Yarp.FastCgi.Client.Protocol;

/// <summary>Receives the header fields of a sound response head, in their order.</summary>
internal interface IResponseHeaderHandler
{
    /// <summary>
    /// Called for every field but Status. The name is a token, the value is without surrounding blanks and control characters
    /// and may hold bytes from 0x80; both are slices of the head. Repeated equal Content-Length fields are reported once.
    /// </summary>
    void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value);
}
