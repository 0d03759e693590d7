namespace Yarp.FastCgi.Forwarder;

/// <summary>The authorizer that a request goes to before it goes anywhere else, for messages.</summary>
/// <param name="ClusterId">Its cluster.</param>
/// <param name="DestinationId">Null when none was chosen.</param>
internal sealed record AuthorizerSite(string ClusterId, string? DestinationId);
