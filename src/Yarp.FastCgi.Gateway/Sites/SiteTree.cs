namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>What a site or a preset says: the values of its configuration by their paths (<c>Index:0</c>), whose letter case does not matter.</summary>
internal sealed class SiteTree
{
    /// <summary>Stands in a list for the elements that the preset has.</summary>
    public const string PresetElement = "{preset}";

    /// <summary>Stands in any value for the site's root.</summary>
    private const string RootPlaceholder = "{root}";

    private readonly Dictionary<string, string> _values = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyDictionary<string, string> Values => _values;

    /// <param name="section">A site, or the whole of a preset. Null values are not set.</param>
    public static SiteTree Read(IConfiguration section)
    {
        var tree = new SiteTree();
        foreach (var (path, value) in section.AsEnumerable(makePathsRelative: true))
        {
            if (value is not null && path.Length > 0)
            {
                tree._values[path] = value;
            }
        }

        return tree;
    }

    public string? this[SiteKey key] => _values.GetValueOrDefault(key.Name);

    /// <summary>The elements of a list, in order; null when it is not set at all. One value is a list of one, an empty value a list of none.</summary>
    public IReadOnlyList<string>? List(SiteKey key)
    {
        var own = Below(key.Name).ToList();
        return own.Count > 0 ? [.. InOrder(own).Select(static element => element.Value)]
            : this[key] is not { } single ? null
            : single.Length == 0 ? []
            : [single];
    }

    /// <summary>Names with their values.</summary>
    public IEnumerable<KeyValuePair<string, string>> Map(SiteKey key) => Below(key.Name);

    /// <summary>The objects of a list, in order, each as a tree of its own.</summary>
    public IEnumerable<SiteTree> Rules(SiteKey key)
    {
        foreach (var group in InOrder(Below(key.Name)).GroupBy(static entry => First(entry.Key), StringComparer.OrdinalIgnoreCase))
        {
            var rule = new SiteTree();
            foreach (var (path, value) in group)
            {
                rule._values[path.Length > group.Key.Length ? path[(group.Key.Length + 1)..] : ""] = value;
            }

            yield return rule;
        }
    }

    /// <summary>The list of texts below a name that need not be a key of a site.</summary>
    public IReadOnlyList<string> Texts(string name) => List(new SiteKey(name, SiteKeyKind.List)) ?? [];

    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>The first segments of all paths.</summary>
    public IEnumerable<string> Names => _values.Keys.Select(First).Distinct(StringComparer.OrdinalIgnoreCase);

    /// <summary>The site over its preset.</summary>
    public SiteTree Over(SiteTree preset)
    {
        var merged = new SiteTree();
        foreach (var name in Names.Concat(preset.Names).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var kind = SiteKey.Find(name)?.Kind ?? SiteKeyKind.Text;
            if (kind is SiteKeyKind.Map or SiteKeyKind.Section)
            {
                Unite(merged, name, preset);
            }
            else if (!Has(name))
            {
                Copy(preset, merged, name);
            }
            else if (kind is SiteKeyKind.List or SiteKeyKind.Rules)
            {
                Splice(merged, name, preset);
            }
            else
            {
                Copy(this, merged, name);
            }
        }

        return merged;
    }

    /// <summary>A copy in which the placeholder of the root is the root.</summary>
    public SiteTree WithRoot(string root)
    {
        var replaced = new SiteTree();
        foreach (var (path, value) in _values)
        {
            replaced._values[path] = value.Replace(RootPlaceholder, root, StringComparison.Ordinal);
        }

        return replaced;
    }

    public bool Has(string name) => _values.ContainsKey(name) || Below(name).Any();

    private IEnumerable<KeyValuePair<string, string>> Below(string name)
    {
        var prefix = name + ConfigurationPath.KeyDelimiter;
        foreach (var (path, value) in _values)
        {
            if (path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                yield return new(path[prefix.Length..], value);
            }
        }
    }

    private static void Copy(SiteTree from, SiteTree to, string name)
    {
        foreach (var (path, value) in from._values)
        {
            if (First(path).Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                to._values[path] = value;
            }
        }
    }

    // Where the site has anything of a list, the preset's elements go.
    private void Unite(SiteTree merged, string name, SiteTree preset)
    {
        foreach (var (path, value) in preset.Below(name))
        {
            var owner = OwnerOfElement(path);
            if (owner is null || !Has(ConfigurationPath.Combine(name, owner)))
            {
                merged._values[ConfigurationPath.Combine(name, path)] = value;
            }
        }

        Copy(this, merged, name);
    }

    /// <summary>The path of the list that a path is an element of; null when it is none.</summary>
    private static string? OwnerOfElement(string path)
    {
        var last = path.LastIndexOf(':');
        return last > 0 && path.AsSpan(last + 1).IndexOfAnyExceptInRange('0', '9') < 0 ? path[..last] : null;
    }

    private void Splice(SiteTree merged, string name, SiteTree preset)
    {
        if (_values.TryGetValue(name, out var single))
        {
            if (single == PresetElement)
            {
                Copy(preset, merged, name);
            }
            else
            {
                merged._values[name] = single;
            }

            return;
        }

        var next = 0;
        foreach (var group in InOrder(Below(name)).GroupBy(static entry => First(entry.Key), StringComparer.OrdinalIgnoreCase))
        {
            if (group.First() is { Value: PresetElement } only && only.Key.Length == group.Key.Length)
            {
                if (preset._values.TryGetValue(name, out var element))
                {
                    merged.AddElement(name, next++, group.Key, [new(group.Key, element)]);
                }

                foreach (var inherited in InOrder(preset.Below(name)).GroupBy(static entry => First(entry.Key), StringComparer.OrdinalIgnoreCase))
                {
                    merged.AddElement(name, next++, inherited.Key, inherited);
                }
            }
            else
            {
                merged.AddElement(name, next++, group.Key, group);
            }
        }
    }

    private void AddElement(string name, int index, string oldIndex, IEnumerable<KeyValuePair<string, string>> entries)
    {
        foreach (var (path, value) in entries)
        {
            _values[$"{name}:{index}{path[oldIndex.Length..]}"] = value;
        }
    }

    private static IEnumerable<KeyValuePair<string, string>> InOrder(IEnumerable<KeyValuePair<string, string>> entries)
        => entries.OrderBy(static entry => entry.Key, ConfigurationKeyComparer.Instance);

    private static string First(string path) => path.IndexOf(':') is >= 0 and var end ? path[..end] : path;
}
