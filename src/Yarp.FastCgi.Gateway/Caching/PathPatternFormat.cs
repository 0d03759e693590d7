using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>A <see cref="PathPattern"/>.</summary>
internal sealed class PathPatternFormat : SettingFormat<string>
{
    public static readonly PathPatternFormat Instance = new();

    public override string Type => "pattern of paths";

    public override string Range => "`/dir/`, `/*/feed`, `*.php`";

    public override string Form => "a pattern of paths: /dir/ is everything below, * anything in a segment, ** anything at all, and *.php, without '/', the last segment";

    public override bool TryParse(string text, out string value)
    {
        value = text;
        return PathPattern.TryParse(text, out _);
    }

    public override string Format(string value) => value;
}
