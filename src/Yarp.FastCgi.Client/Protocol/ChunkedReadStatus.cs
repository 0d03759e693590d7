namespace Yarp.FastCgi.Client.Protocol;

/// <summary>What <see cref="ChunkedDecoder"/> found.</summary>
internal enum ChunkedReadStatus
{
    /// <summary>A piece of the content.</summary>
    Content,

    /// <summary>All input was consumed; the body is not at its end.</summary>
    NeedMoreData,

    /// <summary>The last chunk and the trailers behind it were read.</summary>
    End,

    /// <summary>Not the chunked coding. Terminal.</summary>
    Invalid,
}
