namespace Yarp.FastCgi.Configuration;

/// <summary>Settings of PHP (php.ini directives) by name. See <see cref="PhpIni"/> for how values reach PHP.</summary>
internal sealed class PhpValuesSetting : MapSetting
{
    public override string Range => "names of directives; values without control characters and without quotes around them";

    protected override string? Check(MetadataEntry entry, string name)
    {
        if (!PhpIni.IsName(name))
        {
            return $"{ControlCharacters.Quote(entry.Key)} ({ControlCharacters.Quote(entry.Value)}) has no right name of a php.ini directive, such as memory_limit or opcache.enable.";
        }

        return PhpIni.IsValue(entry.Value)
            ? null
            : Invalid(entry, "a text without control characters and without quotes around it: it reaches PHP as it stands");
    }
}
