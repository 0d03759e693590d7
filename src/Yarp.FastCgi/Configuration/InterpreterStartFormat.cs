namespace Yarp.FastCgi.Configuration;

/// <summary>The words of <see cref="FastCgiInterpreterStart"/>, ignoring case.</summary>
internal sealed class InterpreterStartFormat : SettingFormat<FastCgiInterpreterStart>
{
    public override string Type => "word";

    public override string Range => "`onDemand`, `eager`";

    public override string Form => "onDemand or eager";

    public override bool TryParse(string text, out FastCgiInterpreterStart value)
    {
        (var known, value) = text.ToUpperInvariant() switch
        {
            "ONDEMAND" => (true, FastCgiInterpreterStart.OnDemand),
            "EAGER" => (true, FastCgiInterpreterStart.Eager),
            _ => (false, default),
        };
        return known;
    }

    public override string Format(FastCgiInterpreterStart value) => value switch
    {
        FastCgiInterpreterStart.OnDemand => "onDemand",
        FastCgiInterpreterStart.Eager => "eager",
        // A number cast to the enum: written as it is, so that the validator can quote it.
        _ => value.ToString("D"),
    };
}
