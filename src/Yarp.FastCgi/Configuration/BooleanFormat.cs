namespace Yarp.FastCgi.Configuration;

/// <summary><c>true</c> or <c>false</c>, ignoring case.</summary>
internal sealed class BooleanFormat : SettingFormat<bool>
{
    public override string Type => "boolean";

    public override string Range => "`true`, `false`";

    public override string Form => "true or false";

    public override bool TryParse(string text, out bool value) => bool.TryParse(text, out value);

    public override string Format(bool value) => value ? "true" : "false";
}
