using System.Text.RegularExpressions;

namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>Which request header fields become params, said plainly (docs/configuration.md, "Request headers").</summary>
internal static partial class PlainHeaders
{
    // Of this connection, or with a param of their own, or httpoxy (CVE-2016-5385).
    private static readonly string[] Withheld =
    [
        "connection", "content-length", "content-type", "expect", "host", "http2-settings", "keep-alive", "proxy", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
    ];

    private static readonly string[] Core =
    [
        "accept", "accept-charset", "accept-encoding", "accept-language", "authorization", "cookie", "if-match", "if-modified-since", "if-none-match",
        "if-range", "if-unmodified-since", "range", "referer", "user-agent",
    ];

    /// <summary>The fields that a server lets through: a name of token characters, a colon, a value.</summary>
    public static List<(string Name, string Value)> Read(string text)
        => [.. Line().Matches(text).Select(match => (match.Groups[1].Value, match.Groups[2].Value.Trim(' ', '\t')))];

    /// <summary>The params that fields become.</summary>
    /// <param name="fields">In their order.</param>
    /// <param name="passesAll">PassRequestHeaders.</param>
    /// <param name="underscoreNames">UnderscoreHeaders, in lower case.</param>
    /// <returns>Null when two spellings of one name would both be passed on.</returns>
    public static SortedDictionary<string, string>? ToParams(List<(string Name, string Value)> fields, bool passesAll, string[] underscoreNames)
    {
        var nominated = fields.Where(field => Lower(field.Name) == "connection").SelectMany(field => field.Value.Split(',')).Select(name => Lower(name.Trim())).ToHashSet();
        var passed = fields
            .GroupBy(field => Lower(field.Name))
            .Where(group => underscoreNames.Contains(group.Key) || (DashedName().IsMatch(group.Key) && !Withheld.Contains(group.Key) && (passesAll || Core.Contains(group.Key))))
            .ToList();

        // An application has one name for both.
        var allowedFolded = underscoreNames.Select(Fold).ToHashSet();
        if (passed.Where(group => allowedFolded.Contains(Fold(group.Key))).GroupBy(group => Fold(group.Key)).Any(spellings => spellings.Count() > 1))
        {
            return null;
        }

        return new SortedDictionary<string, string>(
            passed.Where(group => !nominated.Contains(group.Key)).ToDictionary(
                group => "HTTP_" + Upper(group.Key),
                group => string.Join(group.Key == "cookie" ? "; " : ", ", group.Select(field => field.Value))),
            StringComparer.Ordinal);
    }

    private static string Fold(string name) => name.Replace('_', '-').Replace('.', '-');

    private static string Lower(string name) => string.Concat(name.Select(c => c is >= 'A' and <= 'Z' ? (char)(c + 32) : c));

    private static string Upper(string name) => string.Concat(name.Select(c => c is >= 'a' and <= 'z' ? (char)(c - 32) : c == '-' ? '_' : c));

    [GeneratedRegex(@"^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([^\r\n\0]*)$", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex(@"\A[a-z0-9-]+\z")]
    private static partial Regex DashedName();
}
