using System.Globalization;

namespace Yarp.FastCgi.Configuration;

/// <summary>A time in the form <c>[d.]hh:mm:ss[.fffffff]</c>, the form of every time in YARP's configuration: above zero, unless zero has a meaning.</summary>
internal sealed class TimeFormat : SettingFormat<TimeSpan>
{
    /// <summary>At most a minute, or zero for not at all.</summary>
    public static readonly TimeFormat UpToMinute = new() { Max = TimeSpan.FromMinutes(1), AllowsZero = true };

    // The platform's timers and CancelAfter end at int.MaxValue milliseconds, a little more than 24 days.
    private TimeSpan Max { get; init; } = TimeSpan.FromDays(24);

    private bool AllowsZero { get; init; }

    public override string Type => "time";

    public override string Range => AllowsZero ? $"`00:00:00` to `{Format(Max)}`" : $"above `00:00:00`, up to `{Format(Max)}`";

    public override string Form => AllowsZero
        ? $"a time in the form 00:00:05 (hours:minutes:seconds), from zero up to {Format(Max)}"
        : $"a time in the form 00:00:05 (hours:minutes:seconds), above zero and up to {Format(Max)} ({Max.Days} days)";

    public override bool TryParse(string text, out TimeSpan value)
    {
        // "c" alone would read "30" as 30 days and "00:30" as 30 minutes.
        value = default;
        return text.AsSpan().Count(':') == 2
            && TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out value)
            && (AllowsZero ? value >= TimeSpan.Zero : value > TimeSpan.Zero)
            && value <= Max;
    }

    public override string Format(TimeSpan value) => value.ToString("c", CultureInfo.InvariantCulture);
}
