using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>
/// Names of cached responses: hashes, so that what clients send has no length and no meaning in a store. A response whose Vary names fields is under a second key, made of
/// the first and of the values of those fields.
/// </summary>
internal static class CacheKey
{
    // Stands in no part of a request.
    private const char Separator = '\n';

    /// <summary>The key that what is asked for has, whichever of its variants is wanted.</summary>
    /// <param name="context">The request.</param>
    /// <param name="route">The route, which says how the request is answered.</param>
    /// <param name="policyName">Its policy, whose change changes the keys.</param>
    /// <param name="policy">What the policy says.</param>
    /// <param name="cookies">Cookies that the application gets.</param>
    public static string Create(HttpContext context, string route, string policyName, CachePolicyOptions policy, string cookies)
    {
        var request = context.Request;
        var (path, query) = Target(context);
        var text = new StringBuilder(256)
            .Append(policyName).Append(Separator)
            .Append(route).Append(Separator)
            .Append(request.Scheme).Append(Separator)
            .Append(request.Host.Value?.ToLowerInvariant()).Append(Separator)
            .Append(path).Append(Separator);
        AppendQuery(text, query, policy);
        foreach (var header in policy.Headers)
        {
            text.Append(Separator).Append(request.Headers[header].ToString());
        }

        text.Append(Separator).Append(cookies);
        return Hash(text);
    }

    /// <summary>The key of the variant that the request is for.</summary>
    /// <param name="route">Has the first key, and the cookies that the application gets.</param>
    /// <param name="vary">Names of request fields.</param>
    /// <param name="headers">The request's.</param>
    public static string CreateVariant(CachedRoute route, IReadOnlyList<string> vary, IHeaderDictionary headers)
    {
        var text = new StringBuilder(256).Append(route.Key);
        foreach (var name in vary)
        {
            var value = name == VaryFields.Cookie ? route.Cookies : headers[name].ToString();
            text.Append(Separator).Append(name).Append(Separator);
            if (name == VaryFields.AcceptEncoding)
            {
                VaryFields.AppendCodings(text, value);
            }
            else
            {
                text.Append(value);
            }
        }

        return Hash(text);
    }

    /// <summary>The part of a tag that stands for a URL: its host, path and query, without the scheme.</summary>
    public static string OfUrl(string host, string target) => Hash(new StringBuilder(host.ToLowerInvariant()).Append(Separator).Append(target));

    /// <summary>Path and query as they came.</summary>
    public static (string Path, string Query) Target(HttpContext context)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        if (!target.StartsWith('/'))
        {
            // A proxy's form, with the host in it: the host is known already.
            target = context.Request.PathBase.Add(context.Request.Path).ToUriComponent() + context.Request.QueryString.ToUriComponent();
        }

        var question = target.IndexOf('?');
        return question < 0 ? (target, "") : (target[..question], target[question..]);
    }

    private static void AppendQuery(StringBuilder text, string query, CachePolicyOptions policy)
    {
        if (policy.Query is null && policy.IgnoreQuery.Count == 0)
        {
            text.Append(query);
            return;
        }

        if (query.Length == 0)
        {
            return;
        }

        foreach (var range in query.AsSpan(1).Split('&'))
        {
            var part = query.AsSpan(1)[range];
            var equals = part.IndexOf('=');
            var name = equals < 0 ? part : part[..equals];
            if (policy.Query is { } names ? NamePatternFormat.AnyMatches(names, name) : !NamePatternFormat.AnyMatches(policy.IgnoreQuery, name))
            {
                text.Append('&').Append(part);
            }
        }
    }

    private static string Hash(StringBuilder text)
    {
        var characters = text.ToString();
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(characters.Length));
        try
        {
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes.AsSpan(0, Encoding.UTF8.GetBytes(characters, bytes)), hash);
            return Convert.ToHexStringLower(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }
}
