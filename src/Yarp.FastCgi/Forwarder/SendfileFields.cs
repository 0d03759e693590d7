using System.Text;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Looks for a field of the response head that names a file; the first one counts.</summary>
internal struct SendfileFields(SendfileRoots roots) : IResponseHeaderHandler
{
    public SendfileTarget? Target { get; private set; }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Target is not null)
        {
            return;
        }

        if (Ascii.EqualsIgnoreCase(name, "X-Accel-Redirect"u8))
        {
            Target = roots.ResolveUri(value);
        }
        else if (Ascii.EqualsIgnoreCase(name, "X-Sendfile"u8) || Ascii.EqualsIgnoreCase(name, "X-LIGHTTPD-send-file"u8))
        {
            Target = roots.ResolveFile(value);
        }
    }
}
