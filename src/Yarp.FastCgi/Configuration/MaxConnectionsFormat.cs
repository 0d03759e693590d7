namespace Yarp.FastCgi.Configuration;

/// <summary>A number of connections, or the word for as many as the application has workers.</summary>
internal sealed class MaxConnectionsFormat(IntegerFormat number) : SettingFormat<int>
{
    private const string Auto = "auto";

    public override string Type => $"{number.Type}, or word";

    public override string Range => $"{number.Range}; `{Auto}`";

    public override string Form => $"{number.Form}, or {Auto}";

    public override bool TryParse(string text, out int value)
    {
        if (text.Equals(Auto, StringComparison.OrdinalIgnoreCase))
        {
            value = FastCgiClusterOptions.AutoMaxConnections;
            return true;
        }

        return number.TryParse(text, out value);
    }

    public override string Format(int value) => value == FastCgiClusterOptions.AutoMaxConnections ? Auto : number.Format(value);
}
