using System.Globalization;

namespace Yarp.FastCgi.Configuration;

/// <summary>
/// An ordered list of texts under <c>Key:0</c>, <c>Key:1</c>, …; a single element may stand under the key itself.
/// An empty value under the key itself is the empty list.
/// </summary>
/// <typeparam name="TOptions">The record that declares the option; it says where the option may stand.</typeparam>
internal sealed class TextListSetting<TOptions> : FastCgiSetting
    where TOptions : class, IFastCgiOptions
{
    private readonly string? _defaultText;

    public required TextFormat ElementFormat { get; init; }

    public required IReadOnlyList<string> Default { get; init; }

    /// <summary>Whether the list must have an element.</summary>
    public bool NotEmpty { get; init; }

    public required Func<TOptions, IReadOnlyList<string>?> Get { get; init; }

    public required Func<TOptions, IReadOnlyList<string>, TOptions> Set { get; init; }

    public override SettingScope Scope => SettingScopes.Of<TOptions>();

    public override string Type => $"list of {ElementFormat.Type}";

    public override string Range => ElementFormat.Range;

    public override string DefaultText => _defaultText ?? string.Join(", ", Default.Select(text => $"`{text}`"));

    /// <summary>Said instead of the plain default when that does not explain itself.</summary>
    public string DefaultNote { init => _defaultText = value; }

    /// <summary>The list that applies: the one set, else the default.</summary>
    public IReadOnlyList<string> Resolve(TOptions options) => Get(options) ?? Default;

    public override IFastCgiOptions Read(IFastCgiOptions options, IReadOnlyList<MetadataEntry> entries, ICollection<string> errors)
    {
        MetadataEntry? single = null;
        var elements = new SortedList<int, MetadataEntry>();
        foreach (var entry in entries)
        {
            if (entry.SubKey is null)
            {
                if (single is not null)
                {
                    errors.Add($"'{entry.Key}' is set twice: keys that differ by case only are the same key.");
                }

                single = entry;
            }
            else if (!int.TryParse(entry.SubKey, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                errors.Add($"'{entry.Key}' ({ControlCharacters.Quote(entry.Value)}) is not an element of a list: write '{Key}:0', '{Key}:1' and so on.");
            }
            else if (!elements.TryAdd(index, entry))
            {
                errors.Add($"'{entry.Key}' ({ControlCharacters.Quote(entry.Value)}) sets the element '{elements[index].Key}' twice.");
            }
        }

        // An empty value beside elements is what layered configuration files leave of an empty array.
        if (single is { Value.Length: > 0 } text)
        {
            if (elements.Count > 0)
            {
                errors.Add($"'{text.Key}' is {ControlCharacters.Quote(text.Value)} and a list at the same time: keep one.");
            }

            elements.TryAdd(0, text);
        }

        var values = new List<string>(elements.Count);
        foreach (var entry in elements.Values)
        {
            if (ElementFormat.TryParse(entry.Value, out var value))
            {
                values.Add(value);
            }
            else
            {
                errors.Add(Invalid(entry, ElementFormat.Form));
            }
        }

        if (NotEmpty && elements.Count == 0 && single is { } empty)
        {
            errors.Add($"'{empty.Key}' is empty, but must have at least one element: {ElementFormat.Form}.");
        }

        return Set((TOptions)options, values);
    }

    public override void Write(IFastCgiOptions options, IDictionary<string, string> metadata)
    {
        if (options is not TOptions declaring || Get(declaring) is not { } values)
        {
            return;
        }

        if (values.Count == 0)
        {
            metadata[Key] = "";
        }

        for (var i = 0; i < values.Count; i++)
        {
            metadata[string.Create(CultureInfo.InvariantCulture, $"{Key}:{i}")] = values[i];
        }
    }

    public override IFastCgiOptions Overlay(IFastCgiOptions options, IFastCgiOptions overrides)
        => overrides is TOptions declaring && Get(declaring) is { } values ? Set((TOptions)options, values) : options;
}
