using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>A word for each format, in any case.</summary>
internal sealed class AccessLogFormatText : SettingFormat<AccessLogFormat>
{
    public static readonly AccessLogFormatText Instance = new();

    public override string Type => "word";

    public override string Range => "`Common`, `Combined` or `Json`";

    public override string Form => "Common, Combined or Json";

    public override bool TryParse(string text, out AccessLogFormat value)
    {
        (var isKnown, value) = text.ToLowerInvariant() switch
        {
            "common" => (true, AccessLogFormat.Common),
            "combined" => (true, AccessLogFormat.Combined),
            "json" => (true, AccessLogFormat.Json),
            _ => (false, default),
        };
        return isKnown;
    }

    public override string Format(AccessLogFormat value) => value.ToString();
}
