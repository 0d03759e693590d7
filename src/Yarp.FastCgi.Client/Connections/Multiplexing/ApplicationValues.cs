using System.Buffers.Text;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Client.Connections.Multiplexing;

/// <summary>What an application says about itself in GET_VALUES_RESULT (FastCGI 1.0, section 4.1).</summary>
/// <param name="Multiplexes">FCGI_MPXS_CONNS: whether it takes several requests at a time on a connection.</param>
/// <param name="MaxConnections">FCGI_MAX_CONNS: most connections at a time; null when it does not say.</param>
/// <param name="MaxRequests">FCGI_MAX_REQS: most requests at a time; null when it does not say.</param>
internal readonly record struct ApplicationValues(bool Multiplexes, int? MaxConnections, int? MaxRequests)
{
    /// <summary>The variables to ask for.</summary>
    public static ReadOnlySpan<string> Names => new[] { "FCGI_MPXS_CONNS", "FCGI_MAX_CONNS", "FCGI_MAX_REQS" };

    /// <summary>Reads the answer. What has no sound value counts as not said.</summary>
    public static ApplicationValues Read(ReadOnlySpan<byte> content)
    {
        var values = default(ApplicationValues);
        var reader = new ParamsReader(content);
        while (reader.TryRead(out var name, out var value))
        {
            if (!(Utf8Parser.TryParse(value, out int number, out var length) && length == value.Length && number > 0))
            {
                continue;
            }

            if (name.SequenceEqual("FCGI_MPXS_CONNS"u8))
            {
                values = values with { Multiplexes = number == 1 };
            }
            else if (name.SequenceEqual("FCGI_MAX_CONNS"u8))
            {
                values = values with { MaxConnections = number };
            }
            else if (name.SequenceEqual("FCGI_MAX_REQS"u8))
            {
                values = values with { MaxRequests = number };
            }
        }

        return values;
    }
}
