using System.Text;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The local redirect (RFC 3875, section 6.2.2): a response that is a Location with a path, and nothing else.</summary>
internal static class LocalRedirect
{
    private const int MaxDepth = 10;

    /// <exception cref="FastCgiException">InvalidResponseHead: the redirects do not come to an end.</exception>
    public static void CheckDepth(int redirects, in CgiRequest request, FastCgiEndpoint endpoint)
    {
        if (redirects == MaxDepth)
        {
            throw new FastCgiException(
                FastCgiError.InvalidResponseHead,
                $"The application at {endpoint} redirects to its own paths for more than {MaxDepth} times, the last time from '{request.Path}'. (LocalRedirect: false leaves redirects to the client.)");
        }
    }

    /// <summary>Reads the target of a local redirect.</summary>
    /// <param name="exchange">The exchange, whose head has been read.</param>
    /// <param name="head">The head.</param>
    /// <param name="prefix">The prefix at which the application is mounted.</param>
    /// <returns>The path; null when the response is another one, which can then be passed on.</returns>
    /// <exception cref="FastCgiException">The request failed while its end was awaited.</exception>
    public static async ValueTask<LocalPath?> ReadAsync(FastCgiExchange exchange, ResponseHead head, string prefix)
    {
        if (head.HasStatus || !head.HasLocation)
        {
            return null;
        }

        var fields = new LocationField();
        exchange.Response.ReportHead(ref fields);
        return fields.Only is { } location && LocalPath.TryParse(location, prefix, out var target) && !await exchange.Response.HasBodyAsync().ConfigureAwait(false)
            ? target
            : null;
    }

    /// <summary>Finds out whether Location is the only field. Status is not reported, and there is none.</summary>
    private struct LocationField : IResponseHeaderHandler
    {
        private int _fields;
        private string? _value;

        public readonly string? Only => _fields == 1 ? _value : null;

        public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
        {
            _fields++;
            if (Ascii.EqualsIgnoreCase(name, "Location"u8))
            {
                _value = Encoding.Latin1.GetString(value);
            }
        }
    }
}
