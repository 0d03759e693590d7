using System.Text;
using Microsoft.Extensions.Primitives;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>What the cookies of a request mean to the cache.</summary>
/// <param name="Bypass">Whether one of them is a person's, so that the request goes past the cache.</param>
/// <param name="Kept">The Cookie field without the ignored ones: what the application gets, and a part of the key. Empty without any.</param>
internal readonly record struct RequestCookies(bool Bypass, string Kept)
{
    public static RequestCookies Read(StringValues field, CachePolicyOptions policy)
    {
        if (field.Count == 0)
        {
            return new RequestCookies(Bypass: false, "");
        }

        StringBuilder? kept = null;
        foreach (var line in field)
        {
            foreach (var range in line.AsSpan().Split(';'))
            {
                var cookie = line.AsSpan()[range].Trim();
                var equals = cookie.IndexOf('=');
                var name = equals < 0 ? cookie : cookie[..equals].TrimEnd();
                if (cookie.IsEmpty)
                {
                    continue;
                }

                if (NamePatternFormat.AnyMatches(policy.BypassCookies, name))
                {
                    return new RequestCookies(Bypass: true, "");
                }

                if (NamePatternFormat.AnyMatches(policy.KeyCookies, name))
                {
                    kept = kept is null ? new StringBuilder() : kept.Append("; ");
                    kept.Append(cookie);
                }
                else if (!NamePatternFormat.AnyMatches(policy.IgnoreCookies, name))
                {
                    return new RequestCookies(Bypass: true, "");
                }
            }
        }

        return new RequestCookies(Bypass: false, kept?.ToString() ?? "");
    }
}
