namespace Yarp.FastCgi.Configuration;

/// <summary>Where a part of a param's value comes from.</summary>
internal enum ParamSource
{
    /// <summary>The configuration.</summary>
    Literal,

    /// <summary>A value that YARP's route took from the path.</summary>
    RouteValue,

    /// <summary>A header field of the client's request.</summary>
    Header,

    /// <summary>A variable that an authorizer has set.</summary>
    AuthorizerVariable,

    ConnectionId,

    RemoteAddress,

    RemotePort,

    LocalAddress,

    LocalPort,
}
