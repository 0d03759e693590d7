namespace Yarp.FastCgi.Forwarder;

/// <summary>Fields of the application's response that the client does not get, besides those that never pass.</summary>
[Flags]
internal enum HiddenFields
{
    None = 0,

    /// <summary>Fields about the application's body: the client gets another one.</summary>
    OfBody = 1,

    /// <summary>X-Sendfile and its relatives: the gateway acts on them.</summary>
    ForGateway = 2,

    /// <summary>Variable-*: what an authorizer tells the gateway.</summary>
    AuthorizerVariables = 4,
}
