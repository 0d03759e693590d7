using System.Globalization;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Settings;

/// <summary>A time that may be zero; apart from that <see cref="TimeFormat"/>.</summary>
internal sealed class PeriodFormat : SettingFormat<TimeSpan>
{
    public static readonly PeriodFormat Instance = new();

    private static readonly TimeFormat Positive = new();

    public override string Type => Positive.Type;

    public override string Range => "`00:00:00` to `24.00:00:00`";

    public override string Form => "a time in the form 00:00:05 (hours:minutes:seconds), from 00:00:00 to 24.00:00:00 (24 days)";

    public override bool TryParse(string text, out TimeSpan value)
        => Positive.TryParse(text, out value) || (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value) && value == TimeSpan.Zero);

    public override string Format(TimeSpan value) => Positive.Format(value);
}
