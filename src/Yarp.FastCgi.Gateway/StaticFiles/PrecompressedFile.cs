using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Gateway.StaticFiles;

/// <summary>
/// A compressed copy beside a static file (<c>site.css.br</c>, <c>site.css.gz</c>), made when the site was built. One that is older than its original is out of date
/// and not used.
/// </summary>
internal static class PrecompressedFile
{
    // The first of equals is taken.
    private static readonly (string Coding, string Extension)[] Codings = [("br", ".br"), ("gzip", ".gz")];

    /// <param name="file">Absolute path of the original.</param>
    /// <param name="acceptEncoding">The request's field (RFC 9110, section 12.5.3).</param>
    /// <param name="varies">Whether there is a copy at all, and so the answer depends on the field.</param>
    /// <returns>Path and coding of the copy that the client likes best; null when it is to get the original.</returns>
    public static (string Path, string Coding)? Choose(string file, string acceptEncoding, out bool varies)
    {
        varies = false;
        (string Path, string Coding)? best = null;
        var bestQuality = 0.0;
        IList<StringWithQualityHeaderValue>? accepted = null;
        foreach (var (coding, extension) in Codings)
        {
            var copy = new FileInfo(file + extension);
            if (!copy.Exists || copy.LinkTarget is not null || copy.LastWriteTimeUtc < File.GetLastWriteTimeUtc(file))
            {
                continue;
            }

            varies = true;
            accepted ??= StringWithQualityHeaderValue.TryParseList([acceptEncoding], out var list) ? list : [];
            var quality = Quality(accepted, coding);
            if (quality > bestQuality)
            {
                best = (copy.FullName, coding);
                bestQuality = quality;
            }
        }

        return best is not null && bestQuality >= Identity(accepted!) ? best : null;
    }

    private static double Quality(IList<StringWithQualityHeaderValue> accepted, string coding)
        => (Find(accepted, coding) ?? Find(accepted, "*")) is { } entry ? entry.Quality ?? 1 : 0;

    // Without a word on it the original is always right, but what was asked for is better.
    private static double Identity(IList<StringWithQualityHeaderValue> accepted)
        => Find(accepted, "identity") is { } entry ? entry.Quality ?? 1 : 0;

    private static StringWithQualityHeaderValue? Find(IList<StringWithQualityHeaderValue> accepted, string coding)
    {
        foreach (var entry in accepted)
        {
            if (entry.Value.Equals(coding, StringComparison.OrdinalIgnoreCase))
            {
                return entry;
            }
        }

        return null;
    }
}
