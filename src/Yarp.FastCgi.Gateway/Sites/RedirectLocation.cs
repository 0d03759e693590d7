using System.Text;
using Microsoft.AspNetCore.Http.Extensions;
using Microsoft.AspNetCore.Http.Features;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>
/// The Location of a redirect, with placeholders: <c>{uri}</c> is the request's target as it was sent, <c>{path}</c> and <c>{query}</c> its parts, <c>{host}</c>
/// and <c>{scheme}</c> what the client asked for.
/// </summary>
internal static class RedirectLocation
{
    private static readonly string[] Placeholders = ["{uri}", "{path}", "{query}", "{host}", "{scheme}"];

    /// <returns>What is wrong with it; null when it is right.</returns>
    public static string? FindError(string location)
    {
        var literal = location;
        foreach (var placeholder in Placeholders)
        {
            literal = literal.Replace(placeholder, "", StringComparison.Ordinal);
        }

        return literal.AsSpan().ContainsAny('{', '}') ? $"unknown placeholder, use {string.Join(", ", Placeholders)}"
            : literal.All(static c => c is > ' ' and <= '~') ? null
            : "a location has printable ASCII characters only";
    }

    public static string Expand(string location, HttpContext context)
    {
        if (!location.Contains('{'))
        {
            return location;
        }

        var request = context.Request;
        var path = (request.PathBase + request.Path).ToUriComponent();
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        return new StringBuilder(location)
            .Replace("{scheme}", request.Scheme)
            .Replace("{host}", request.Host.ToUriComponent())
            .Replace("{query}", request.QueryString.ToUriComponent())
            .Replace("{path}", path)
            .Replace("{uri}", target is ['/', ..] ? target : request.GetEncodedPathAndQuery())
            .ToString();
    }
}
