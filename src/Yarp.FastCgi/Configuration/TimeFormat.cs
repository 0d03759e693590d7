using System.Globalization;

namespace Yarp.FastCgi.Configuration;

/// <summary>A positive time in the form <c>[d.]hh:mm:ss[.fffffff]</c>, the form of every time in YARP's configuration.</summary>
internal sealed class TimeFormat : SettingFormat<TimeSpan>
{
    // The platform's timers and CancelAfter end at int.MaxValue milliseconds, a little more than 24 days.
    private static readonly TimeSpan Max = TimeSpan.FromDays(24);

    public override string Type => "time";

    public override string Range => "above `00:00:00`, up to `24.00:00:00`";

    public override string Form => "a time in the form 00:00:05 (hours:minutes:seconds), above zero and up to 24.00:00:00 (24 days)";

    public override bool TryParse(string text, out TimeSpan value)
    {
        // "c" alone would read "30" as 30 days and "00:30" as 30 minutes.
        value = default;
        return text.AsSpan().Count(':') == 2
            && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value)
            && value > TimeSpan.Zero
            && value <= Max;
    }

    public override string Format(TimeSpan value) => value.ToString("c", CultureInfo.InvariantCulture);
}
