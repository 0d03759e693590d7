using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.LoadBalancing;

/// <summary>The weight in the metadata of a destination: <c>Weight</c>, or <c>FastCgi:Weight</c> as a section is folded into it.</summary>
internal static class DestinationWeight
{
    public const string Key = "Weight";

    public const string OptionKey = FastCgiMetadata.Prefix + Key;

    public const int Default = 1;

    private static readonly IntegerFormat Format = new(1, 1000, "shares");

    public static bool IsOption(string key) => key.Equals(OptionKey, StringComparison.OrdinalIgnoreCase);

    /// <summary>What is wrong is added to the errors, and the weight is the default.</summary>
    public static int Read(IReadOnlyDictionary<string, string>? metadata, ICollection<string> errors)
    {
        string? found = null;
        foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
        {
            if (!IsOption(key) && !key.Equals(Key, StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            if (!Format.TryParse(value, out _))
            {
                errors.Add($"'{key}' is {ControlCharacters.Quote(value)}, but must be {Format.Form}.");
            }
            else if (found is not null && found != value)
            {
                errors.Add($"'{OptionKey}' and '{Key}' in Metadata differ ({ControlCharacters.Quote(found)} and {ControlCharacters.Quote(value)}): keep one.");
            }
            else
            {
                found = value;
            }
        }

        return found is not null && Format.TryParse(found, out var weight) ? weight : Default;
    }
}
