namespace Yarp.FastCgi.Gateway.Import;

/// <summary>The blocks around a directive, innermost first: what an inner one says hides what an outer one does, as nginx has it.</summary>
internal sealed class NginxScope(params IReadOnlyList<NginxDirective>[] blocks)
{
    private readonly IReadOnlyList<NginxDirective>[] _blocks = blocks;

    public NginxScope Inside(IReadOnlyList<NginxDirective> block) => new([block, .. _blocks]);

    /// <summary>The last directive of a name in the innermost block that has one.</summary>
    public NginxDirective? Find(string name)
    {
        foreach (var block in _blocks)
        {
            if (block.LastOrDefault(directive => directive.Name == name) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    /// <summary>All directives of a name in the innermost block that has one: those that nginx adds up do not add to those of outer blocks.</summary>
    public IReadOnlyList<NginxDirective> FindAll(string name)
    {
        foreach (var block in _blocks)
        {
            var found = block.Where(directive => directive.Name == name).ToList();
            if (found.Count > 0)
            {
                return found;
            }
        }

        return [];
    }

    public string? Value(string name) => Find(name) is { Arguments: [var value, ..] } ? value : null;

    public bool IsOn(string name) => Value(name) == "on";
}
