using System.Globalization;

namespace Yarp.FastCgi.Configuration;

/// <summary>A decimal integer within a range.</summary>
internal sealed class IntegerFormat(int min, int max, string unit) : SettingFormat<int>
{
    public override string Type => $"integer, {unit}";

    public override string Range => string.Create(CultureInfo.InvariantCulture, $"{min} to {max}");

    public override string Form => string.Create(CultureInfo.InvariantCulture, $"an integer from {min} to {max} ({unit})");

    public override bool TryParse(string text, out int value)
        => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && Contains(value);

    public override string Format(int value) => value.ToString(CultureInfo.InvariantCulture);

    public bool Contains(int value) => value >= min && value <= max;
}
