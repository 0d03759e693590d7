using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>A tag of cached responses: visible ASCII characters, without commas.</summary>
internal sealed class CacheTagFormat : SettingFormat<string>
{
    public static readonly CacheTagFormat Instance = new();

    private const int MaxLength = 256;

    public override string Type => "tag";

    public override string Range => "visible ASCII characters but the comma, up to 256";

    public override string Form => "a tag of up to 256 visible ASCII characters, without commas and spaces";

    public static bool IsTag(string text) => text.Length is > 0 and <= MaxLength && text.All(static c => c is > ' ' and <= '~' and not ',');

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return IsTag(text);
    }

    public override string Format(string value) => value;
}
