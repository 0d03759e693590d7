using System.Text;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Cgi;

/// <summary>The params of the configuration, encoded once. They win over all others of the same name; an empty value removes one.</summary>
internal sealed class UserParams
{
    private readonly (byte[] Name, byte[] Value)[] _params;

    public UserParams(IReadOnlyDictionary<string, string> values)
    {
        // Sorted: the same configuration always gives the same bytes (E7).
        _params = values
            .OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .Select(static pair => (Encoding.UTF8.GetBytes(pair.Key), Encoding.UTF8.GetBytes(pair.Value)))
            .ToArray();
    }

    public bool Contains(ReadOnlySpan<byte> name)
    {
        foreach (var param in _params)
        {
            if (name.SequenceEqual(param.Name))
            {
                return true;
            }
        }

        return false;
    }

    public void Write(RequestWriter writer)
    {
        foreach (var (name, value) in _params)
        {
            if (value.Length > 0 && !writer.TryAddParam(name, value))
            {
                throw CgiParamsWriter.TooLong(name, value.Length);
            }
        }
    }
}
