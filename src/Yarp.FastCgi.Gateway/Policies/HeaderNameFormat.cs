using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Policies;

/// <summary>The name of a header field (RFC 9110 section 5.1).</summary>
internal sealed class HeaderNameFormat : SettingFormat<string>
{
    public static readonly HeaderNameFormat Instance = new();

    public override string Type => "header name";

    public override string Range => "letters, digits and `-`";

    public override string Form => "the name of a header field, of letters, digits and '-'";

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return text.Length > 0 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-');
    }

    public override string Format(string value) => value;
}
