using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.Transport;

namespace Yarp.FastCgi.Authorization;

/// <summary>Gives the client the response of an authorizer that refuses (FastCGI 1.0, section 6.3); all other results go on as they would.</summary>
internal sealed class AuthorizerResultHandler([FromKeyedServices(ServiceDecoration.Inner)] IAuthorizationMiddlewareResultHandler inner) : IAuthorizationMiddlewareResultHandler
{
    public Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
        => !authorizeResult.Succeeded && FindRefusal(context, policy) is { } refusal
            ? refusal.GiveAsync(context)
            : inner.HandleAsync(next, context, policy, authorizeResult);

    private static AuthorizerRefusal? FindRefusal(HttpContext context, AuthorizationPolicy policy)
    {
        foreach (var requirement in policy.Requirements)
        {
            if (requirement is FastCgiAuthorizerRequirement { ClusterId: var clusterId } && AuthorizerAnswers.Of(context).TryGet(clusterId, out var refusal) && refusal is not null)
            {
                return refusal;
            }
        }

        return null;
    }
}
