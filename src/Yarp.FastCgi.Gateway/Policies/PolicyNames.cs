using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Policies;

/// <summary>Reads policies by name. Names that mean something to YARP already could never be asked for.</summary>
internal static class PolicyNames
{
    private static readonly string[] Reserved = ["Default", "Anonymous", "Disable"];

    public static IReadOnlyList<KeyValuePair<string, T>> Read<T>(SectionReader gateway, string key, Func<SectionReader, T> read)
    {
        var policies = gateway.ReadNamed(key, read);
        foreach (var (name, _) in policies)
        {
            if (Reserved.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                gateway.Refuse($"{key}:{name}", $"has a name that routes use for something else ({string.Join(", ", Reserved)}): choose another.");
            }
        }

        return policies;
    }
}
