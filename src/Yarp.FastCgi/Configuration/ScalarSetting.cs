namespace Yarp.FastCgi.Configuration;

/// <summary>An option with one value under one key.</summary>
internal abstract class ScalarSetting : FastCgiSetting
{
    public sealed override IFastCgiOptions Read(IFastCgiOptions options, IReadOnlyList<MetadataEntry> entries, ICollection<string> errors)
    {
        var found = false;
        foreach (var entry in entries)
        {
            if (entry.SubKey is not null)
            {
                errors.Add($"'{entry.Key}' ({ControlCharacters.Quote(entry.Value)}) is not an option: '{Key}' takes one value.");
            }
            else if (found)
            {
                errors.Add($"'{entry.Key}' is set twice: keys that differ by case only are the same key.");
            }
            else
            {
                found = true;
                options = ReadValue(options, entry, errors);
            }
        }

        return options;
    }

    protected abstract IFastCgiOptions ReadValue(IFastCgiOptions options, MetadataEntry entry, ICollection<string> errors);
}
