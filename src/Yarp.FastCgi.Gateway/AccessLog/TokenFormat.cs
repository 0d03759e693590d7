using System.Buffers;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>A name of a header field or of a query parameter.</summary>
internal sealed class TokenFormat : SettingFormat<string>
{
    public static readonly TokenFormat Instance = new();

    private static readonly SearchValues<char> Characters = SearchValues.Create("!#$%'*+-.^_`|~[]0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    public override string Type => "name";

    public override string Range => "names without blanks";

    public override string Form => "a name without blanks";

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return text.Length > 0 && !text.AsSpan().ContainsAnyExcept(Characters);
    }

    public override string Format(string value) => value;
}
