using System.Text;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>Request fields that a response depends on (RFC 9111 section 4.1).</summary>
internal static class VaryFields
{
    /// <summary>As it stands in a list: in lower case.</summary>
    public const string AcceptEncoding = "accept-encoding";

    /// <inheritdoc cref="AcceptEncoding"/>
    public const string Cookie = "cookie";

    // A response that depends on more than these is nobody else's.
    private const int MaxCount = 16;

    // Those that browsers ask for; of others no application knows.
    private static readonly string[] Codings = ["br", "gzip", "zstd", "deflate", "identity"];

    /// <summary>The names in a Vary field, sorted and in lower case.</summary>
    /// <param name="field">Vary.</param>
    /// <param name="isEncoded">Whether the response has a content coding, which some clients do not take whether it says so or not.</param>
    /// <param name="names">The names; empty for a response that depends on none.</param>
    /// <returns>False for one that depends on more than can be told: <c>*</c>.</returns>
    public static bool TryRead(StringValues field, bool isEncoded, out IReadOnlyList<string> names)
    {
        names = [];
        if (field.Count == 0 && !isEncoded)
        {
            return true;
        }

        var set = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var line in field)
        {
            foreach (var name in (line ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                set.Add(name.ToLowerInvariant());
            }
        }

        if (isEncoded)
        {
            set.Add(AcceptEncoding);
        }

        names = [.. set];
        return set.Count <= MaxCount && !set.Contains("*");
    }

    /// <summary>The content codings that a client takes, however it writes them: what differs in spelling only is one variant.</summary>
    public static void AppendCodings(StringBuilder text, string field)
    {
        if (!StringWithQualityHeaderValue.TryParseList([field], out var accepted))
        {
            return;
        }

        foreach (var coding in Codings)
        {
            foreach (var value in accepted)
            {
                if (value.Value.Equals(coding, StringComparison.OrdinalIgnoreCase) || value.Value == "*")
                {
                    text.Append(value.Quality == 0 ? "-" : "+").Append(coding);
                    break;
                }
            }
        }
    }
}
