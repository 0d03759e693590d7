using System.Collections.Frozen;
using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Gateway.ErrorPages;

/// <summary>
/// The pages of a directory, read at the start: for a status that of the status itself, else that of its class, in the form that the client likes best. An error asks
/// no disk for its page.
/// </summary>
internal sealed class ErrorPageSet
{
    /// <summary>In bytes, of one page.</summary>
    public const int MaxSize = 1024 * 1024;

    private static readonly (string Extension, string MediaType)[] Forms = [(".html", "text/html"), (".json", "application/problem+json"), (".txt", "text/plain")];

    private readonly FrozenDictionary<string, ErrorPage[]> _pages;

    private ErrorPageSet(FrozenDictionary<string, ErrorPage[]> pages) => _pages = pages;

    /// <exception cref="InvalidDataException">A page cannot be read, or is too long.</exception>
    public static ErrorPageSet Read(string directory)
        => new(Enumerable.Range(StatusCodes.Status400BadRequest, 200).Select(Name).Append(ClassName(400)).Append(ClassName(500))
            .ToFrozenDictionary(static name => name, name => Forms.Select(form => Read(Path.Combine(directory, name + form.Extension), form.MediaType)).OfType<ErrorPage>().ToArray()));

    /// <returns>Null where there is none, or none that the client takes.</returns>
    public ErrorPage? Find(int status, HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return Find(Name(status), accepted) ?? Find(ClassName(status), accepted);
    }

    private static string Name(int status) => status.ToString(CultureInfo.InvariantCulture);

    private static string ClassName(int status) => $"{status / 100}xx";

    private static ErrorPage? Read(string path, string mediaType)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            return null;
        }

        if (file.Length > MaxSize)
        {
            throw new InvalidDataException($"The error page '{path}' (Gateway:ErrorPages:Directory) has {file.Length} bytes; {MaxSize} are allowed.");
        }

        try
        {
            return new ErrorPage(mediaType, File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException($"The error page '{path}' (Gateway:ErrorPages:Directory) cannot be read: {exception.Message}", exception);
        }
    }

    private ErrorPage? Find(string name, IList<MediaTypeHeaderValue> accepted)
    {
        ErrorPage? best = null;
        var bestQuality = 0.0;
        foreach (var page in _pages.GetValueOrDefault(name) ?? [])
        {
            var quality = QualityOf(page.MediaType, accepted);
            if (quality > bestQuality)
            {
                (best, bestQuality) = (page, quality);
            }
        }

        return best;
    }

    // RFC 9110 section 12.5.1: the most specific range counts. A client that asks for JSON takes what tells of problems in JSON.
    private static double QualityOf(string mediaType, IList<MediaTypeHeaderValue> accepted)
    {
        if (accepted.Count == 0)
        {
            return 1;
        }

        var quality = 0.0;
        var specificity = -1;
        foreach (var range in accepted)
        {
            var rank = range.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase) ? 3
                : mediaType.EndsWith("json", StringComparison.Ordinal) && range.MediaType.Equals("application/json", StringComparison.OrdinalIgnoreCase) ? 2
                : range.MatchesAllTypes ? 0
                : range.MatchesAllSubTypes && mediaType.StartsWith(range.Type.ToString() + "/", StringComparison.OrdinalIgnoreCase) ? 1
                : -1;
            if (rank > specificity)
            {
                (specificity, quality) = (rank, range.Quality ?? 1);
            }
        }

        return quality;
    }
}
