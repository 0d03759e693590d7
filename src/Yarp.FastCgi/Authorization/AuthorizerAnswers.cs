using Microsoft.AspNetCore.Http;

namespace Yarp.FastCgi.Authorization;

/// <summary>
/// What the authorizers have answered for one request: none is asked twice, however often the request is authorised. Middleware that
/// runs the pipeline again for another target asks for that one.
/// </summary>
internal sealed class AuthorizerAnswers
{
    private readonly HttpRequest _request;
    private readonly List<(string ClusterId, Target Target, AuthorizerRefusal? Refusal)> _answers = [];

    private AuthorizerAnswers(HttpRequest request) => _request = request;

    public static AuthorizerAnswers Of(HttpContext context)
    {
        if (context.Features.Get<AuthorizerAnswers>() is { } known)
        {
            return known;
        }

        var answers = new AuthorizerAnswers(context.Request);
        context.Features.Set(answers);
        return answers;
    }

    /// <param name="clusterId">The authorizer's cluster.</param>
    /// <param name="refusal">Its answer; null when it allows the request.</param>
    /// <returns>Whether it was asked.</returns>
    public bool TryGet(string clusterId, out AuthorizerRefusal? refusal)
    {
        var target = Target.Of(_request);
        foreach (var answer in _answers)
        {
            if (answer.Target == target && answer.ClusterId.Equals(clusterId, StringComparison.OrdinalIgnoreCase))
            {
                refusal = answer.Refusal;
                return true;
            }
        }

        refusal = null;
        return false;
    }

    public void Add(string clusterId, AuthorizerRefusal? refusal) => _answers.Add((clusterId, Target.Of(_request), refusal));

    private readonly record struct Target(string Method, PathString PathBase, PathString Path, QueryString Query)
    {
        public static Target Of(HttpRequest request) => new(request.Method, request.PathBase, request.Path, request.QueryString);
    }
}
