using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Transport;

namespace Yarp.FastCgi.Authorization;

/// <summary>Provides a policy for each name of <see cref="AuthorizerPolicyName"/>, so that a configuration file can ask for an authorizer.</summary>
internal sealed class AuthorizerPolicyProvider([FromKeyedServices(ServiceDecoration.Inner)] IAuthorizationPolicyProvider inner) : IAuthorizationPolicyProvider
{
    public bool AllowsCachingPolicies => inner.AllowsCachingPolicies;

    public Task<AuthorizationPolicy?> GetPolicyAsync(string policyName)
        => AuthorizerPolicyName.TryParse(policyName, out var clusterId)
            ? Task.FromResult(clusterId.Length == 0 ? null : new AuthorizationPolicyBuilder().RequireFastCgiAuthorizer(clusterId).Build())
            : inner.GetPolicyAsync(policyName);

    public Task<AuthorizationPolicy> GetDefaultPolicyAsync() => inner.GetDefaultPolicyAsync();

    public Task<AuthorizationPolicy?> GetFallbackPolicyAsync() => inner.GetFallbackPolicyAsync();
}
