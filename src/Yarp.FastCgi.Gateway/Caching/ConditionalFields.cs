using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>Fields of a request that would make the response one for its client alone.</summary>
internal static class ConditionalFields
{
    private static readonly string[] Names = [HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince];

    /// <summary>Takes them away, so that the application answers in full.</summary>
    /// <returns>What <see cref="Restore"/> puts back.</returns>
    public static StringValues[] Remove(IHeaderDictionary headers)
    {
        var values = new StringValues[Names.Length];
        for (var i = 0; i < Names.Length; i++)
        {
            if (headers.Remove(Names[i], out var value))
            {
                values[i] = value;
            }
        }

        return values;
    }

    public static void Restore(IHeaderDictionary headers, StringValues[]? values)
    {
        for (var i = 0; i < values?.Length; i++)
        {
            if (values[i].Count > 0)
            {
                headers[Names[i]] = values[i];
            }
        }
    }
}
