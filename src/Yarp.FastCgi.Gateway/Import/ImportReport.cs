namespace Yarp.FastCgi.Gateway.Import;

/// <summary>What of a configuration of nginx has no counterpart, or another one, each with where it stands and why.</summary>
internal sealed class ImportReport
{
    private readonly List<string> _lines = [];
    private readonly HashSet<string> _seen = [];

    /// <summary>One line each: file, line, directive, why.</summary>
    public IReadOnlyList<string> Lines => _lines;

    public void Add(NginxDirective directive, string why)
    {
        var line = $"{directive.File}:{directive.Line}: {directive}: {why}";
        if (_seen.Add(line))
        {
            _lines.Add(line);
        }
    }
}
