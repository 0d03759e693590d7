using System.Text.RegularExpressions;

namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>A difference from nginx that is meant to be. In every part of it <c>…</c> stands for anything.</summary>
/// <param name="Aspect">The aspect of <see cref="Observation"/>.</param>
/// <param name="Ours">Its value here.</param>
/// <param name="Nginx">Its value behind nginx.</param>
/// <param name="Why">Why ours is the better answer, or no worse.</param>
/// <param name="Shapes">The shapes that show it: each of them must.</param>
internal sealed record Difference(string Aspect, string Ours, string Nginx, string Why, params string[] Shapes)
{
    /// <summary>Any other shape may show it, too.</summary>
    public bool IsGeneral { get; init; }

    /// <summary>The first version of nginx that behaves so.</summary>
    public Version Since { get; init; } = new();

    /// <summary>The first version of nginx that does not any more; null when all later ones do.</summary>
    public Version? Before { get; init; }

    /// <summary>The row of docs/nginx-differences.md.</summary>
    public string Row
    {
        get
        {
            var shapes = IsGeneral ? "any" : string.Join(", ", Shapes.Select(Code));
            var since = Since > new Version() ? $" since {Since}" : "";
            var before = Before is null ? "" : $" before {Before}";
            return $"| {shapes} | {Aspect} | {Code(Ours)} | {Code(Nginx)}{since}{before} | {Why} |";
        }
    }

    public bool AppliesTo(Version nginx) => nginx >= Since && (Before is null || nginx < Before);

    /// <summary>Whether the shape must show it.</summary>
    public bool Names(string shape) => Shapes.Any(pattern => Matches(pattern, shape));

    public bool Covers(string shape, string aspect, string ours, string nginx)
        => (IsGeneral || Names(shape)) && Matches(Aspect, aspect) && Matches(Ours, ours) && Matches(Nginx, nginx);

    private static string Code(string text) => text is "…" or "–" ? text : $"`{text}`";

    private static bool Matches(string pattern, string value)
        => Regex.IsMatch(value, $"^{Regex.Escape(pattern).Replace("…", ".*", StringComparison.Ordinal)}$", RegexOptions.Singleline);
}
