using System.Diagnostics.CodeAnalysis;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// A pattern for decoded URL paths: <c>/dir/</c> is everything below, <c>/dir/$</c> that path alone, <c>*</c> is anything inside of a segment, <c>**</c> anything at all
/// (<c>/**/</c>, of which there is one at the most, a single slash as well), and a pattern without a slash (<c>*.css</c>) is of the last segment.
/// Compared ignoring ASCII case: a file system may do so too, and routing does.
/// </summary>
internal sealed class PathPattern
{
    /// <summary>Longest pattern; with the server's limit for targets it bounds what a comparison costs.</summary>
    private const int MaxLength = 1024;

    private const string AnyDirectories = "/**/";
    private const string DirectoryAlone = "/$";

    private readonly string _glob;
    private readonly string? _withoutDirectories;
    private readonly bool _isOfName;

    private PathPattern(string text)
    {
        Text = text;
        _isOfName = text[0] != '/';
        _glob = text[^1] == '/' ? text + "**" : text.EndsWith(DirectoryAlone, StringComparison.Ordinal) ? text[..^1] : text;
        _withoutDirectories = _glob.Contains(AnyDirectories, StringComparison.Ordinal) ? _glob.Replace(AnyDirectories, "/", StringComparison.Ordinal) : null;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    public static bool TryParse(string text, [NotNullWhen(true)] out PathPattern? pattern)
    {
        var isValid = text.Length is > 0 and <= MaxLength
            && (text[0] == '/' || !text.Contains('/'))
            && !text.Contains("***", StringComparison.Ordinal)
            && !text.Contains("//", StringComparison.Ordinal)
            && text.IndexOf(AnyDirectories, StringComparison.Ordinal) == text.LastIndexOf(AnyDirectories, StringComparison.Ordinal);
        pattern = isValid ? new PathPattern(text) : null;
        return isValid;
    }

    public bool Matches(ReadOnlySpan<char> path)
    {
        path = _isOfName ? path[(path.LastIndexOf('/') + 1)..] : path;
        return MatchesGlob(_glob, path) || (_withoutDirectories is not null && MatchesGlob(_withoutDirectories, path));
    }

    // Only the last star of either kind needs another try: what stands in front of it has been found as far to the left as possible.
    private static bool MatchesGlob(ReadOnlySpan<char> glob, ReadOnlySpan<char> path)
    {
        int at = 0, position = 0;
        int star = -1, starPosition = 0;
        int wide = -1, widePosition = 0;
        while (position < path.Length)
        {
            if (at < glob.Length && glob[at] == '*')
            {
                if (at + 1 < glob.Length && glob[at + 1] == '*')
                {
                    at += 2;
                    (wide, widePosition, star) = (at, position, -1);
                }
                else
                {
                    at++;
                    (star, starPosition) = (at, position);
                }
            }
            else if (at < glob.Length && IsSame(glob[at], path[position]))
            {
                at++;
                position++;
            }
            else if (star >= 0 && path[starPosition] != '/')
            {
                starPosition++;
                (at, position) = (star, starPosition);
            }
            else if (wide >= 0)
            {
                widePosition++;
                (at, position, star) = (wide, widePosition, -1);
            }
            else
            {
                return false;
            }
        }

        return glob[at..].IndexOfAnyExcept('*') < 0;
    }

    private static bool IsSame(char left, char right)
        => left == right || (char.IsAsciiLetter(left) && char.IsAsciiLetter(right) && (left | 0x20) == (right | 0x20));
}
