using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.LoadBalancing;

/// <summary>How many leading bits of a client's address <see cref="IpHashPolicy"/> looks at, from the metadata of a cluster.</summary>
internal sealed record IpHashPrefixes(int IPv4, int IPv6)
{
    public const string IPv4Key = "IpHash.IPv4PrefixLength";

    public const string IPv6Key = "IpHash.IPv6PrefixLength";

    private static readonly IntegerFormat IPv4Format = new(0, 32, "bits");
    private static readonly IntegerFormat IPv6Format = new(0, 128, "bits");

    /// <summary>What is wrong is added to the errors, and the whole address counts.</summary>
    public static IpHashPrefixes Read(IReadOnlyDictionary<string, string>? metadata, ICollection<string> errors)
        => new(Read(metadata, IPv4Key, IPv4Format, 32, errors), Read(metadata, IPv6Key, IPv6Format, 128, errors));

    private static int Read(IReadOnlyDictionary<string, string>? metadata, string key, IntegerFormat format, int whole, ICollection<string> errors)
    {
        if (metadata is null || !metadata.TryGetValue(key, out var text))
        {
            return whole;
        }

        if (format.TryParse(text, out var value))
        {
            return value;
        }

        errors.Add($"'{key}' is {ControlCharacters.Quote(text)}, but must be {format.Form}.");
        return whole;
    }
}
