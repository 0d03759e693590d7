using Microsoft.Extensions.Primitives;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>The fields that a response has before the application answers: of the gateway's front, for this client.</summary>
internal readonly struct HeaderBaseline(IHeaderDictionary headers)
{
    private readonly KeyValuePair<string, StringValues>[] _fields = [.. headers];

    public bool Has(string name, StringValues values)
    {
        foreach (var (key, value) in _fields)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value == values;
            }
        }

        return false;
    }

    /// <summary>Takes back what the application has said.</summary>
    public void Restore(HttpResponse response)
    {
        response.Clear();
        foreach (var (name, value) in _fields)
        {
            response.Headers[name] = value;
        }
    }
}
