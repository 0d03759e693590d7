namespace Yarp.FastCgi.Client.Protocol;

/// <summary>What Transfer-Encoding says of a response body (RFC 9112, section 6.1).</summary>
internal enum TransferCoding
{
    None,

    Chunked,

    /// <summary>Another coding, or several.</summary>
    Unsupported,
}
