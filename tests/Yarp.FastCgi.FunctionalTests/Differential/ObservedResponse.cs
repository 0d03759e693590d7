using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>
/// What a client learns from a response. Left out is what each server says for itself and may say its own way: the framing of a body that came
/// whole, the values of Date and Server when the application gave none, and the Connection field, whose effect counts.
/// </summary>
internal static class ObservedResponse
{
    public const string Page = "page of its own";

    private const string Own = "(its own)";

    private static readonly string[] Framing = ["Content-Length", "Transfer-Encoding"];

    /// <param name="response">The response.</param>
    /// <param name="method">The method that it answers.</param>
    /// <param name="next">The response to a second request on the same connection.</param>
    /// <param name="isNext">Whether that is what the application said to the second request.</param>
    public static Observation Of(RawHttpResponse response, string method, RawHttpResponse? next, Func<RawHttpResponse, bool> isNext)
    {
        if (!response.IsComplete)
        {
            // How much of it came is a matter of time.
            return new Observation(response is { StatusLine.Length: > 0, Status: 0 } ? "no HTTP" : "cut short");
        }

        var isRefusal = IsRefusal(response, method);
        var observation = new Observation(isRefusal ? response.StatusLine["HTTP/1.1 ".Length..] : "passed")
        {
            ["connection"] = next is null or { StatusLine: "" } ? "closed" : isNext(next) ? "in step" : "out of step",
        };
        if (isRefusal)
        {
            observation[Page] = method == "HEAD" ? "unknown" : response.Body.Length > 0 ? "HTML" : "none";
            return observation;
        }

        observation["status"] = response.StatusLine;
        observation["informational"] = string.Join(", ", response.Informational);
        observation["body"] = Describe(response.Body);
        var hasBody = method != "HEAD" && response.Status is not (204 or 304);
        foreach (var field in response.Fields.GroupBy(field => field.Name.ToUpperInvariant()))
        {
            if (field.Key is not ("CONNECTION" or "X-MARKER") && !(hasBody && Framing.Contains(field.Key, StringComparer.OrdinalIgnoreCase)))
            {
                observation[$"field {field.Key}"] = string.Join(" and ", field.Select(line => Shorten(OwnOr(field.Key, line.Value))));
            }
        }

        return observation;
    }

    /// <summary>Errors of the application always have a body in the catalogue.</summary>
    private static bool IsRefusal(RawHttpResponse response, string method) => method == "HEAD"
        ? response.Status == 502
        : response.Status >= 400 && (response.Body.Length == 0 || response.Text.Contains("<center>nginx", StringComparison.Ordinal));

    private static string OwnOr(string name, string value) => name switch
    {
        "SERVER" when value is "Kestrel" || value.StartsWith("nginx/", StringComparison.Ordinal) => Own,
        "DATE" when DateTimeOffset.TryParseExact(value, "R", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date)
            && (TimeProvider.System.GetUtcNow() - date).Duration() < TimeSpan.FromMinutes(5) => Own,
        _ => value,
    };

    private static string Shorten(string value) => value.Length <= 100 ? value : $"{value.Length} characters, {Hash(Encoding.Latin1.GetBytes(value))}";

    private static string Describe(byte[] body)
    {
        var text = Encoding.Latin1.GetString(body);
        return body.Length <= 100 && !text.Any(char.IsControl) ? $"'{text}'" : $"{body.Length} bytes, {Hash(body)}";
    }

    private static string Hash(byte[] bytes) => Convert.ToHexString(SHA256.HashData(bytes))[..8];
}
