namespace Yarp.FastCgi.Client.Connections;

/// <summary>What the bytes received so far hold of a response body.</summary>
internal enum BodyReadStatus
{
    /// <summary>A piece of the body.</summary>
    Content,

    /// <summary>Nothing more; receive.</summary>
    NeedMoreData,

    /// <summary>END_REQUEST: the response is complete.</summary>
    End,
}
