using Yarp.FastCgi;

namespace Microsoft.AspNetCore.Authorization;

/// <summary>FastCGI authorizers in authorization policies.</summary>
public static class FastCgiAuthorizationPolicyBuilderExtensions
{
    /// <summary>Requires that a FastCGI authorizer allows the request; see <see cref="FastCgiAuthorizerRequirement"/>.</summary>
    /// <param name="builder">The policy's builder.</param>
    /// <param name="clusterId">The FastCGI cluster of YARP's configuration whose destinations are authorizers.</param>
    /// <returns>The same builder.</returns>
    /// <exception cref="ArgumentException">The id is empty.</exception>
    public static AuthorizationPolicyBuilder RequireFastCgiAuthorizer(this AuthorizationPolicyBuilder builder, string clusterId)
    {
        ArgumentNullException.ThrowIfNull(builder);
        return builder.AddRequirements(new FastCgiAuthorizerRequirement(clusterId));
    }
}
