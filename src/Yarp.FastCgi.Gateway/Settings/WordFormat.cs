using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Settings;

/// <summary>One of a few words, ignoring case.</summary>
internal sealed class WordFormat(params string[] words) : SettingFormat<string>
{
    public override string Type => "word";

    public override string Range => string.Join(", ", words.Select(word => $"`{word}`"));

    public override string Form => $"{string.Join(", ", words[..^1])} or {words[^1]}";

    public override bool TryParse(string text, out string value)
    {
        var index = Array.FindIndex(words, word => word.Equals(text, StringComparison.OrdinalIgnoreCase));
        value = index >= 0 ? words[index] : text;
        return index >= 0;
    }

    public override string Format(string value) => value;
}
