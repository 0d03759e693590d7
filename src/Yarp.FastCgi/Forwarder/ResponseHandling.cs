namespace Yarp.FastCgi.Forwarder;

/// <summary>Who answers the client.</summary>
internal enum ResponseHandling
{
    /// <summary>The application, with the response at hand.</summary>
    PassOn,

    /// <summary>The application, at another path.</summary>
    Redirect,

    /// <summary>The gateway, with a page that tells the status.</summary>
    ErrorPage,

    /// <summary>The gateway, with a file that the application has named.</summary>
    File,
}
