using Microsoft.AspNetCore.Authorization;

namespace Yarp.FastCgi.Gateway.Policies;

/// <summary>The client's address must be allowed. It is its own handler, as ASP.NET Core lets requirements be.</summary>
internal sealed class AccessRequirement(AccessOptions options) : AuthorizationHandler<AccessRequirement>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement)
    {
        // Two of them in one policy each answer for themselves.
        if (requirement == this && context.Resource is HttpContext { Connection.RemoteIpAddress: var client } && !options.Deny.Contains(client) && (options.Allow.Count == 0 || options.Allow.Contains(client)))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
