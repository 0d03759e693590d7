using Yarp.FastCgi.Configuration.Tables;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// The settings of PHP that requests of one route bring with them, from whichever option, by directive. php-fpm never takes them back:
/// they stay on the worker that served the request.
/// </summary>
internal sealed class PhpSettings : IEquatable<PhpSettings>
{
    private readonly SortedDictionary<string, (bool IsAdmin, string Value)> _directives = new(StringComparer.Ordinal);

    /// <param name="options">The options that apply to the route.</param>
    public PhpSettings(FastCgiRouteOptions options)
    {
        Add(PhpParams.Value, ParamTable.PhpValues.Resolve(options), isAdmin: false, options);

        // Applied last by php-fpm.
        Add(PhpParams.AdminValue, ParamTable.PhpAdminValues.Resolve(options), isAdmin: true, options);
    }

    public IEnumerable<string> Names => _directives.Keys;

    public bool Contains(string name) => _directives.ContainsKey(name);

    /// <summary>Whether both say the same of a directive.</summary>
    public bool Agrees(PhpSettings other, string name)
        => _directives.TryGetValue(name, out var own) == other._directives.TryGetValue(name, out var others) && own == others;

    public bool Equals(PhpSettings? other) => other is not null && _directives.SequenceEqual(other._directives);

    public override bool Equals(object? obj) => Equals(obj as PhpSettings);

    public override int GetHashCode() => _directives.Count;

    private void Add(string param, IEnumerable<KeyValuePair<string, string>> values, bool isAdmin, FastCgiRouteOptions options)
    {
        // Params may hold a set written by hand.
        if (ParamTable.Params.Resolve(options).TryGetValue(param, out var text))
        {
            values = PhpIni.Read(WithoutPlaceholders(text));
        }

        foreach (var (name, value) in values)
        {
            _directives[name] = (isAdmin, value);
        }
    }

    private static string WithoutPlaceholders(string text)
        => ParamTemplate.TryParse(text, out var template, out _) && template.Parts is [] or [{ Source: ParamSource.Literal }]
            ? string.Concat(template.Parts.Select(static part => part.Text))
            : text;
}
