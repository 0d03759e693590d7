namespace Yarp.FastCgi.Gateway.Import;

/// <summary>A location, with the patterns of the paths that it is chosen for.</summary>
internal sealed class NginxLocation
{
    private NginxLocation(NginxDirective directive, NginxLocation? parent)
    {
        Directive = directive;
        Modifier = directive.Arguments.Count > 1 ? directive.Argument(0) : directive.Argument(0) is ['@', ..] ? "@" : "";
        Pattern = directive.Arguments.Count > 1 ? directive.Argument(1) : directive.Argument(0);
        Patterns = FindPatterns(parent);
    }

    public NginxDirective Directive { get; }

    /// <summary><c>=</c>, <c>^~</c>, <c>~</c>, <c>~*</c>, <c>@</c> for a name, empty for a prefix.</summary>
    public string Modifier { get; }

    public string Pattern { get; }

    /// <summary>Null when a regular expression has none.</summary>
    public IReadOnlyList<string>? Patterns { get; }

    public bool IsRegex => Modifier is "~" or "~*";

    public bool IsPrefix => Modifier is "" or "^~";

    /// <summary>The location that takes whatever no other does.</summary>
    public bool IsCatchAll => IsPrefix && Pattern == "/";

    public bool Has(string name) => Directive.Children.Any(child => child.Name == name);

    public NginxDirective? Find(string name) => Directive.Children.LastOrDefault(child => child.Name == name);

    /// <summary>
    /// All locations of a block in an order in which the first that matches is the one that nginx chooses: exact ones, prefixes that forbid regular expressions, regular
    /// expressions as they stand, prefixes from the longest on; in front of each the ones inside of it.
    /// </summary>
    public static IEnumerable<NginxLocation> InOrder(IReadOnlyList<NginxDirective> block, NginxLocation? parent = null)
        => block.Where(static directive => directive is { Name: "location", Block: not null })
            .Select(directive => new NginxLocation(directive, parent))
            .Where(static location => location.Modifier != "@")
            .OrderBy(static location => location.Modifier switch { "=" => 0, "^~" => 1, "~" or "~*" => 2, _ => 3 })
            .ThenByDescending(static location => location.IsPrefix ? location.Pattern.Length : 0)
            .SelectMany(static location => InOrder(location.Directive.Children, location).Append(location));

    /// <summary>The named locations of a server.</summary>
    public static IEnumerable<NginxLocation> Named(IReadOnlyList<NginxDirective> server)
        => server.Where(static directive => directive is { Name: "location", Block: not null, Arguments: [['@', ..]] }).Select(static directive => new NginxLocation(directive, parent: null));

    private IReadOnlyList<string>? FindPatterns(NginxLocation? parent)
    {
        if (!IsRegex)
        {
            var pattern = Pattern.StartsWith('/') ? Pattern : "/" + Pattern;
            return Modifier == "=" ? [pattern[^1] == '/' ? pattern + "$" : pattern] : [pattern[^1] == '/' ? pattern : pattern + "**"];
        }

        var patterns = RegexPatterns.Convert(Pattern);
        return patterns is null || parent is not { IsPrefix: true, IsCatchAll: false }
            ? patterns
            : [.. patterns.Select(pattern => pattern.StartsWith("/**", StringComparison.Ordinal) ? parent.Pattern.TrimEnd('/') + pattern : pattern)];
    }
}
