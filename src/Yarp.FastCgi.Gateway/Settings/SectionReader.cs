using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Settings;

/// <summary>
/// Reads the options of one section of the configuration. It collects what is wrong, each error naming the key and quoting the value, and knows which
/// keys were asked for: whatever else stands in the section is an error as well.
/// </summary>
internal sealed class SectionReader
{
    private readonly IConfigurationSection _section;
    private readonly List<Exception> _errors;
    private readonly SortedSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<SectionReader> _sections = [];
    private readonly bool _hasOwnNames;

    public SectionReader(IConfigurationSection section)
        : this(section, [], hasOwnNames: false)
    {
    }

    private SectionReader(IConfigurationSection section, List<Exception> errors, bool hasOwnNames)
    {
        _section = section;
        _errors = errors;
        _hasOwnNames = hasOwnNames;
        if (section.Value is { Length: > 0 } text)
        {
            Refuse($"'{section.Path}' is {ControlCharacters.Quote(text)}, but must be a section with options of its own.");
        }
    }

    /// <summary>Whether anything stands in the section.</summary>
    public bool Exists => _section.Exists();

    /// <summary>The value of an option.</summary>
    /// <returns><paramref name="fallback"/> where the option is not set, or is wrong.</returns>
    public T Read<T>(string key, SettingFormat<T> format, T fallback) => TryRead(key, format, out var value) ? value : fallback;

    /// <summary>The value of an option without a default.</summary>
    /// <returns>False where the option is not set, or is wrong.</returns>
    public bool TryRead<T>(string key, SettingFormat<T> format, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        return TryGet(key, format.Form, out var entry) && TryParse(entry, format, out value);
    }

    /// <summary>The value of an option whose parser says itself what is wrong.</summary>
    /// <param name="key">The option.</param>
    /// <param name="parser">Reads it.</param>
    /// <param name="given">What the command line says: it wins, but an error of the configuration stays one.</param>
    /// <returns>Null where the option is not set, or is wrong.</returns>
    public T? Read<T>(string key, TextParser<T> parser, T? given = null)
        where T : class
    {
        if (!TryGet(key, "a text", out var entry))
        {
            return given;
        }

        if (parser(entry.Value!, out var value, out var error))
        {
            return given ?? value;
        }

        Refuse($"'{entry.Path}': {error}");
        return given;
    }

    /// <summary>A list of values: the elements of an array, or a single one without the array.</summary>
    /// <returns><paramref name="fallback"/> where the option is not set; without the elements that are wrong.</returns>
    public IReadOnlyList<T> ReadList<T>(string key, SettingFormat<T> format, IReadOnlyList<T> fallback)
    {
        _known.Add(key);
        var section = _section.GetSection(key);
        var entries = section.GetChildren().ToList();
        if (section.Value is { Length: > 0 })
        {
            entries.Add(section);
        }
        else if (entries.Count == 0)
        {
            // An empty array is an empty text.
            return section.Value is null ? fallback : [];
        }

        var values = new List<T>();
        foreach (var entry in entries)
        {
            if (entry.Value is null || (entry != section && !int.TryParse(entry.Key, NumberStyles.None, CultureInfo.InvariantCulture, out _)))
            {
                Refuse($"'{entry.Path}' is not an element of a list: each must be {format.Form}.");
            }
            else if (TryParse(entry, format, out var value))
            {
                values.Add(value);
            }
        }

        return values;
    }

    /// <summary>A section inside of this one, whether it is there or not.</summary>
    public SectionReader Section(string key)
    {
        _known.Add(key);
        return Add(_section.GetSection(key), hasOwnNames: false);
    }

    /// <summary>The sections below a key whose names are the operator's.</summary>
    public IReadOnlyList<KeyValuePair<string, SectionReader>> NamedSections(string key)
    {
        _known.Add(key);
        var section = _section.GetSection(key);
        Add(section, hasOwnNames: true);
        return [.. section.GetChildren().Select(child => KeyValuePair.Create(child.Key, Add(child, hasOwnNames: false)))];
    }

    /// <summary>Adds an error about an option of this section, for rules that are about more than one value.</summary>
    /// <param name="key">The option.</param>
    /// <param name="problem">What follows its name: <c>needs a certificate</c>.</param>
    public void Refuse(string key, string problem) => Refuse($"'{_section.Path}:{key}' {problem}");

    /// <summary>Once everything is read: also refuses what nobody asked for.</summary>
    /// <exception cref="AggregateException">Everything that is wrong, in this section and the sections inside, one exception each.</exception>
    public void ThrowErrors()
    {
        RefuseUnknown();
        if (_errors.Count > 0)
        {
            throw new AggregateException(_errors);
        }
    }

    private SectionReader Add(IConfigurationSection section, bool hasOwnNames)
    {
        var reader = new SectionReader(section, _errors, hasOwnNames);
        _sections.Add(reader);
        return reader;
    }

    private bool TryGet(string key, string form, out IConfigurationSection entry)
    {
        _known.Add(key);
        entry = _section.GetSection(key);
        if (entry.Value is not null)
        {
            return true;
        }

        if (entry.Exists())
        {
            Refuse($"'{entry.Path}' is a section or a list, but must be {form}.");
        }

        return false;
    }

    private bool TryParse<T>(IConfigurationSection entry, SettingFormat<T> format, [MaybeNullWhen(false)] out T value)
    {
        if (format.TryParse(entry.Value!, out value))
        {
            return true;
        }

        Refuse($"'{entry.Path}' is {ControlCharacters.Quote(entry.Value!)}, but must be {format.Form}.");
        return false;
    }

    private void RefuseUnknown()
    {
        foreach (var section in _sections)
        {
            section.RefuseUnknown();
        }

        if (_hasOwnNames)
        {
            return;
        }

        foreach (var entry in _section.GetChildren())
        {
            if (!_known.Contains(entry.Key))
            {
                Refuse($"'{entry.Path}' is not a known option: use {string.Join(", ", _known.SkipLast(1))}{(_known.Count > 1 ? " or " : "")}{_known.LastOrDefault()}.");
            }
        }
    }

    private void Refuse(string error) => _errors.Add(new InvalidDataException(error));
}
