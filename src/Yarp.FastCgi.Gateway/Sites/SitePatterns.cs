using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>Lists of patterns of paths.</summary>
internal static class SitePatterns
{
    /// <param name="texts">Checked when the site was read.</param>
    public static PathPattern[] Parse(IReadOnlyList<string> texts)
    {
        var patterns = new List<PathPattern>(texts.Count);
        foreach (var text in texts)
        {
            if (PathPattern.TryParse(text, out var pattern))
            {
                patterns.Add(pattern);
            }
        }

        return [.. patterns];
    }

    public static bool AnyMatches(PathPattern[] patterns, string path)
    {
        foreach (var pattern in patterns)
        {
            if (pattern.Matches(path))
            {
                return true;
            }
        }

        return false;
    }
}
