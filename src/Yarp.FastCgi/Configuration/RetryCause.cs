namespace Yarp.FastCgi.Configuration;

/// <summary>After what a request may be sent again.</summary>
[Flags]
internal enum RetryCause
{
    None = 0,

    /// <summary>No connection: nothing was sent.</summary>
    ConnectFailure = 1,

    /// <summary>A kept connection turned out closed (rule E41).</summary>
    StaleConnection = 2,

    /// <summary>FCGI_OVERLOADED: nothing was executed (E29).</summary>
    Overloaded = 4,

    /// <summary>The application closed the connection or ended the request without any response.</summary>
    EmptyResponse = 8,

    /// <summary>A response with one of the statuses listed.</summary>
    Status = 16,
}
