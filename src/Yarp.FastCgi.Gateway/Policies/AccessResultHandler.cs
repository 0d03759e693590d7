using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace Yarp.FastCgi.Gateway.Policies;

/// <summary>An address that is not allowed is 403: there is nothing to sign in with that would help.</summary>
internal sealed class AccessResultHandler([FromKeyedServices(AccessResultHandler.Inner)] IAuthorizationMiddlewareResultHandler inner) : IAuthorizationMiddlewareResultHandler
{
    /// <summary>The key of the handler that this one decorates.</summary>
    public const string Inner = "Yarp.FastCgi.Gateway.Access";

    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (!authorizeResult.Succeeded && policy.Requirements.OfType<AccessRequirement>().Any())
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        }

        return inner.HandleAsync(next, context, policy, authorizeResult);
    }
}
