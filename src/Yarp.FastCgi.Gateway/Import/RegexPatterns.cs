using System.Text;
using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Gateway.Import;

/// <summary>
/// Patterns of paths that match what a regular expression of a location does: literals, alternatives, optional parts, small classes, and anything in or over segments. What
/// has no such patterns (look-ahead, counted repetition) is refused; a class with a repetition becomes anything in a segment.
/// </summary>
internal sealed class RegexPatterns
{
    private const int MaxPatterns = 200;
    private const int MaxDepth = 16;
    private const int MaxClass = 10;
    private const char Start = '\u0002';
    private const char End = '\u0003';
    private const string Segment = "*";
    private const string Anything = "**";

    private readonly string _regex;
    private int _position;
    private bool _isRefused;

    private RegexPatterns(string regex) => _regex = regex;

    /// <returns>Null when the expression has no patterns.</returns>
    public static IReadOnlyList<string>? Convert(string regex)
    {
        var reader = new RegexPatterns(regex.StartsWith("(?i)", StringComparison.Ordinal) ? regex[4..] : regex);
        var alternatives = reader.ReadAlternatives(0);
        if (reader._isRefused || reader._position < reader._regex.Length)
        {
            return null;
        }

        var patterns = new List<string>();
        foreach (var alternative in alternatives)
        {
            if (ToPattern(alternative) is not { } pattern)
            {
                continue;
            }

            if (!PathPattern.TryParse(pattern, out _))
            {
                return null;
            }

            if (!patterns.Contains(pattern))
            {
                patterns.Add(pattern);
            }
        }

        return patterns.Count > 0 ? patterns : null;
    }

    /// <returns>Null when it can match nothing: an anchor in the middle.</returns>
    private static string? ToPattern(string text)
    {
        var isAnchored = text.StartsWith(Start);
        var isWhole = text.EndsWith(End);
        var body = text.Trim(Start, End);
        if (body.AsSpan().ContainsAny(Start, End))
        {
            return null;
        }

        var pattern = new StringBuilder(isAnchored ? body : "/**" + body);
        if (!isWhole)
        {
            pattern.Append(Anything);
        }

        for (var length = -1; length != pattern.Length;)
        {
            length = pattern.Length;
            pattern.Replace("***", Anything);
        }

        pattern.Replace("/**/**/", "/**/");
        var result = pattern.ToString();
        if (result is "" || result[0] != '/')
        {
            result = "/" + result;
        }

        // "**" at the end of a directory is the directory.
        return isWhole && result[^1] == '/' ? result + "$"
            : result.EndsWith("/**", StringComparison.Ordinal) ? result[..^2]
            : result;
    }

    private List<string> ReadAlternatives(int depth)
    {
        if (depth > MaxDepth)
        {
            _isRefused = true;
            return [];
        }

        var all = ReadSequence(depth);
        while (!_isRefused && _position < _regex.Length && _regex[_position] == '|')
        {
            _position++;
            all.AddRange(ReadSequence(depth));
        }

        _isRefused |= all.Count > MaxPatterns;
        return all;
    }

    private List<string> ReadSequence(int depth)
    {
        var sequence = new List<string> { "" };
        while (!_isRefused && _position < _regex.Length && _regex[_position] is not ('|' or ')'))
        {
            var part = ReadRepeated(depth);
            sequence = [.. sequence.SelectMany(head => part.Select(tail => head + tail)).Take(MaxPatterns + 1)];
            _isRefused |= sequence.Count > MaxPatterns;
        }

        return sequence;
    }

    private List<string> ReadRepeated(int depth)
    {
        var part = ReadPart(depth, out var isAny, out var isClass);
        if (_isRefused || _position == _regex.Length)
        {
            return part;
        }

        switch (_regex[_position])
        {
            case '?':
                _position++;
                return [.. part, ""];
            case '*' or '+':
                _position++;
                SkipLazy();
                // One literal that is repeated is that literal, and a group of them is what it has at least once.
                return isAny ? [Anything] : isClass ? [Segment] : part;
            case '{':
                _isRefused = true;
                return part;
            default:
                return part;
        }
    }

    private void SkipLazy()
    {
        if (_position < _regex.Length && _regex[_position] is '?' or '+')
        {
            _position++;
        }
    }

    private List<string> ReadPart(int depth, out bool isAny, out bool isClass)
    {
        isAny = false;
        isClass = false;
        var c = _regex[_position++];
        switch (c)
        {
            case '^':
                return [Start.ToString()];
            case '$':
                return [End.ToString()];
            case '.':
                isAny = true;
                return [Segment];
            case '[':
                return ReadClass(out isClass);
            case '(':
                return ReadGroup(depth);
            case '\\' when _position < _regex.Length:
                c = _regex[_position++];
                isClass = c is 'd' or 'w';
                _isRefused |= !isClass && char.IsAsciiLetterOrDigit(c);
                return [isClass ? Segment : c.ToString()];
            case '*' or '+' or '?' or '{' or '}':
                _isRefused = true;
                return [];
            default:
                return [c.ToString()];
        }
    }

    private List<string> ReadClass(out bool isClass)
    {
        var end = _regex.IndexOf(']', Math.Min(_position + 1, _regex.Length));
        if (end < 0)
        {
            isClass = false;
            _isRefused = true;
            return [];
        }

        var members = _regex[_position..end];
        _position = end + 1;
        var isRepeated = _position < _regex.Length && _regex[_position] is '*' or '+';
        isClass = isRepeated || members[0] == '^' || members.Contains('-') || members.Contains('\\') || members.Length > MaxClass;
        return isClass ? [Segment] : [.. members.Select(static member => member.ToString())];
    }

    private List<string> ReadGroup(int depth)
    {
        if (_position < _regex.Length && _regex[_position] == '?')
        {
            var close = _regex.IndexOf('>', _position);
            if (string.CompareOrdinal(_regex, _position, "?:", 0, 2) == 0)
            {
                _position += 2;
            }
            else if (close > 0 && _position + 2 < _regex.Length && (_regex[_position + 1] is 'P' or '\'' || (_regex[_position + 1] == '<' && _regex[_position + 2] is not ('=' or '!'))))
            {
                _position = close + 1;
            }
            else
            {
                _isRefused = true;
                return [];
            }
        }

        var alternatives = ReadAlternatives(depth + 1);
        if (_position == _regex.Length || _regex[_position] != ')')
        {
            _isRefused = true;
            return [];
        }

        _position++;
        return alternatives;
    }
}
