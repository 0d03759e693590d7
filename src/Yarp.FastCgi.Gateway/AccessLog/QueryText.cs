using System.Text;
using Yarp.FastCgi.Gateway.Configuration;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>Takes secrets out of what follows the question mark of a URL.</summary>
internal static class QueryText
{
    /// <summary>The same text with the values of secret parameters replaced; what is no pair stays as it is.</summary>
    /// <param name="url">A URL or a request target, in any shape that a client may have given it.</param>
    /// <param name="isSecret">Tells the names of secrets.</param>
    public static string Redact(string url, Predicate<string> isSecret)
    {
        var query = url.IndexOf('?', StringComparison.Ordinal);
        if (query < 0 || !url.AsSpan(query).Contains('='))
        {
            return url;
        }

        StringBuilder? redacted = null;
        var copied = 0;
        for (var start = query + 1; start <= url.Length;)
        {
            var length = url.AsSpan(start).IndexOfAny("&;#");
            var end = length < 0 ? url.Length : start + length;
            var equals = url.AsSpan(start, end - start).IndexOf('=');
            if (equals > 0 && isSecret(Decode(url[start..(start + equals)])))
            {
                redacted ??= new StringBuilder(url.Length);
                redacted.Append(url, copied, start + equals + 1 - copied).Append(SecretRedactor.Replacement);
                copied = end;
            }

            start = end + 1;
        }

        return redacted is null ? url : redacted.Append(url, copied, url.Length - copied).ToString();
    }

    // The application decodes names before it looks at them.
    private static string Decode(string name) => name.AsSpan().ContainsAny('%', '+') ? Uri.UnescapeDataString(name.Replace('+', ' ')) : name;
}
