using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Compression;

/// <summary>A media type without parameters, or all of a kind: <c>text/*</c>.</summary>
internal sealed class MediaTypeFormat : SettingFormat<string>
{
    public static readonly MediaTypeFormat Instance = new();

    public override string Type => "media type";

    public override string Range => "`text/html`, `text/*`";

    public override string Form => "a media type without parameters, as text/html, or text/* for all of a kind";

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return MediaTypeHeaderValue.TryParse(text, out var type) && type.MediaType.Equals(text, StringComparison.Ordinal) && !type.MatchesAllTypes;
    }

    public override string Format(string value) => value;
}
