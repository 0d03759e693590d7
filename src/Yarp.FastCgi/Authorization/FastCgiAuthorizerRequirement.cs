using Microsoft.AspNetCore.Authorization;

namespace Yarp.FastCgi;

/// <summary>
/// A request is allowed when a FastCGI application in the role Authorizer answers it with 200 (FastCGI 1.0, section 6.3). Any other
/// answer is what the client gets. An authorizer that cannot be reached, or whose answer is not sound, refuses with 502, 503 or 504.
/// </summary>
/// <remarks>It can be met only where <c>AddFastCgi</c> was called and where a request, not another resource, is authorised.</remarks>
public sealed class FastCgiAuthorizerRequirement : IAuthorizationRequirement
{
    /// <summary>Requires the authorizer behind a cluster.</summary>
    /// <param name="clusterId">The FastCGI cluster of YARP's configuration whose destinations are authorizers.</param>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    public FastCgiAuthorizerRequirement(string clusterId)
    {
        ArgumentException.ThrowIfNullOrEmpty(clusterId);
        ClusterId = clusterId;
    }

    /// <summary>The FastCGI cluster of YARP's configuration whose destinations are authorizers.</summary>
    public string ClusterId { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(FastCgiAuthorizerRequirement)}: the authorizer of cluster '{ClusterId}' must answer 200.";
}
