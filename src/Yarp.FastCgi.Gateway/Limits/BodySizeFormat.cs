using System.Globalization;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Limits;

/// <summary>A number of bytes, or -1 for no limit, as YARP writes it in a route.</summary>
internal sealed class BodySizeFormat : SettingFormat<long>
{
    public const long Unlimited = -1;

    public static readonly BodySizeFormat Instance = new();

    private const long Max = 1L << 50;

    public override string Type => "integer, bytes";

    public override string Range => string.Create(CultureInfo.InvariantCulture, $"{Unlimited} to {Max}");

    public override string Form => string.Create(CultureInfo.InvariantCulture, $"an integer from {Unlimited} (no limit) to {Max} (bytes)");

    public override bool TryParse(string text, out long value)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value is >= Unlimited and <= Max;

    public override string Format(long value) => value.ToString(CultureInfo.InvariantCulture);
}
