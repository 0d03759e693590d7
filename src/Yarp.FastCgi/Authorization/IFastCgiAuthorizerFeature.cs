namespace Yarp.FastCgi;

/// <summary>
/// What the authorizers that have allowed a request say about it. A feature of the request
/// (<c>HttpContext.Features.Get&lt;IFastCgiAuthorizerFeature&gt;()</c>); absent when none was asked or none said anything.
/// </summary>
public interface IFastCgiAuthorizerFeature
{
    /// <summary>
    /// The variables by name, such as REMOTE_USER: the response headers <c>Variable-NAME</c> (FastCGI 1.0, section 6.3). Bytes of values are
    /// characters of Latin-1. FastCGI applications get them as params; for HTTP destinations and other endpoints they are here.
    /// </summary>
    IReadOnlyDictionary<string, string> Variables { get; }
}
