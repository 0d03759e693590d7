using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Gateway.ErrorPages;

/// <summary>The file for a status: that of the status itself, else that of its class, in the form that the client likes best.</summary>
/// <param name="Path">Absolute path.</param>
/// <param name="ContentType">By its extension.</param>
internal sealed record ErrorPageFile(string Path, string ContentType)
{
    private static readonly (string Extension, string MediaType)[] Forms = [(".html", "text/html"), (".json", "application/problem+json"), (".txt", "text/plain")];

    /// <returns>Null where there is none, or none that the client takes.</returns>
    public static ErrorPageFile? Find(string directory, int status, HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return Find(directory, status.ToString(CultureInfo.InvariantCulture), accepted) ?? Find(directory, $"{status / 100}xx", accepted);
    }

    private static ErrorPageFile? Find(string directory, string name, IList<MediaTypeHeaderValue> accepted)
    {
        ErrorPageFile? best = null;
        var bestQuality = 0.0;
        foreach (var (extension, mediaType) in Forms)
        {
            var path = System.IO.Path.Combine(directory, name + extension);
            var quality = QualityOf(mediaType, accepted);
            if (quality > bestQuality && File.Exists(path))
            {
                (best, bestQuality) = (new ErrorPageFile(path, mediaType + "; charset=utf-8"), quality);
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
