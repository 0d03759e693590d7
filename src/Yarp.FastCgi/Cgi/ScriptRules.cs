namespace Yarp.FastCgi.Cgi;

/// <summary>Which scripts below a root may be run (option Scripts): the first pattern that a script's path matches decides.</summary>
internal sealed class ScriptRules
{
    private readonly (PathPattern Pattern, bool MayRun)[] _rules;

    /// <param name="patterns">Valid ones; none lets every script run.</param>
    public ScriptRules(IReadOnlyList<string> patterns)
    {
        var rules = new List<(PathPattern, bool)>();
        foreach (var text in patterns)
        {
            if (TryParse(text, out var pattern, out var mayRun))
            {
                rules.Add((pattern!, mayRun));
            }
        }

        _rules = [.. rules];
    }

    /// <summary>A pattern that begins with a slash, with or without <c>!</c> in front.</summary>
    public static bool TryParse(string text, out PathPattern? pattern, out bool mayRun)
    {
        mayRun = !text.StartsWith('!');
        return PathPattern.TryParse(mayRun ? text : text[1..], out pattern);
    }

    /// <param name="script">The script's path below the root, whether it exists or not.</param>
    public bool MayRun(string script)
    {
        foreach (var (pattern, mayRun) in _rules)
        {
            if (pattern.Matches(script))
            {
                return mayRun;
            }
        }

        return _rules.Length == 0;
    }
}
