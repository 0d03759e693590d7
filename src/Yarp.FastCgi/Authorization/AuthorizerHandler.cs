using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Authorization;

/// <summary>Meets <see cref="FastCgiAuthorizerRequirement"/> by asking the authorizer. Nothing else meets it: without this handler requests are refused.</summary>
internal sealed class AuthorizerHandler(AuthorizerClient client, ILogger<AuthorizerHandler> logger) : AuthorizationHandler<FastCgiAuthorizerRequirement>
{
    protected override async Task HandleRequirementAsync(AuthorizationHandlerContext context, FastCgiAuthorizerRequirement requirement)
    {
        if (context.HasFailed)
        {
            // Refused already: there is nothing left to ask.
            return;
        }

        if (context.Resource is not HttpContext request)
        {
            Log.AuthorizerWithoutRequest(logger, requirement.ClusterId, context.Resource?.GetType().Name ?? "nothing");
            context.Fail(new AuthorizationFailureReason(this, "A FastCGI authorizer can be asked for requests only."));
            return;
        }

        if (await client.AskAsync(request, requirement.ClusterId).ConfigureAwait(false) is null)
        {
            context.Succeed(requirement);
        }
        else
        {
            context.Fail(new AuthorizationFailureReason(this, $"The FastCGI authorizer of cluster '{requirement.ClusterId}' has not allowed the request."));
        }
    }
}
