namespace Yarp.FastCgi.Diagnostics;

/// <summary>How far a request came: HAProxy's second letter of the termination state (configuration manual, section 8.5).</summary>
internal enum ForwardPhase
{
    /// <summary>It was not sent to an application: the request, or its body, was still being received, or the gateway has answered itself. R.</summary>
    Request,

    /// <summary>It waited for a connection. Q.</summary>
    Queue,

    /// <summary>A connection was being made. C.</summary>
    Connect,

    /// <summary>The response head was awaited. H.</summary>
    Head,

    /// <summary>The response had begun. D.</summary>
    Body,
}
