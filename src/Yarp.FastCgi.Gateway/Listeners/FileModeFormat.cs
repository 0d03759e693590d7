using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Gateway.Listeners;

/// <summary>The mode of a file as chmod takes it, in octal.</summary>
internal sealed class FileModeFormat : SettingFormat<UnixFileMode>
{
    public static readonly FileModeFormat Instance = new();

    private const int Digits = 3;

    public override string Type => "file mode";

    public override string Range => "`000` to `777`";

    public override string Form => "a file mode of three octal digits, such as 660 or 0660";

    public override bool TryParse(string text, out UnixFileMode value)
    {
        value = default;
        var digits = text.Length == Digits + 1 && text[0] == '0' ? text[1..] : text;
        if (digits.Length != Digits || !digits.All(static c => c is >= '0' and <= '7'))
        {
            return false;
        }

        foreach (var digit in digits)
        {
            value = (UnixFileMode)(((int)value << Digits) | (digit - '0'));
        }

        return true;
    }

    public override string Format(UnixFileMode value) => Convert.ToString((int)value, toBase: 8).PadLeft(Digits, '0');
}
