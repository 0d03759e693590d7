using System.Globalization;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Settings;

/// <summary>One of a few statuses.</summary>
internal sealed class StatusFormat(params int[] statuses) : SettingFormat<int>
{
    public override string Type => "status";

    public override string Range => string.Join(", ", statuses);

    public override string Form => $"{string.Join(", ", statuses[..^1])} or {statuses[^1]}";

    public override bool TryParse(string text, out int value)
        => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value) && statuses.Contains(value);

    public override string Format(int value) => value.ToString(CultureInfo.InvariantCulture);
}
