namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>The form of a line of the access log.</summary>
internal enum AccessLogFormat
{
    /// <summary>The NCSA's: client, user, time, request line, status, bytes.</summary>
    Common,

    /// <summary>The same with Referer and User-Agent: what nginx and Apache write.</summary>
    Combined,

    /// <summary>One object a line, with everything that is known.</summary>
    Json,
}
