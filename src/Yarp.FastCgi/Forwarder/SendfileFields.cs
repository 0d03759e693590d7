using System.Text;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Looks for a field of the response head that names a file; the first one counts.</summary>
internal struct SendfileFields : IResponseHeaderHandler
{
    private string? _value;
    private bool _isUri;

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (_value is not null)
        {
            return;
        }

        if (Ascii.EqualsIgnoreCase(name, "X-Accel-Redirect"u8))
        {
            _value = Encoding.UTF8.GetString(value);
            _isUri = true;
        }
        else if (Ascii.EqualsIgnoreCase(name, "X-Sendfile"u8) || Ascii.EqualsIgnoreCase(name, "X-LIGHTTPD-send-file"u8))
        {
            _value = Encoding.UTF8.GetString(value);
        }
    }

    /// <summary>The file, looked at on a worker thread; null when no field names one.</summary>
    public readonly ValueTask<SendfileTarget?> ResolveAsync(SendfileRoots roots) => _value is null ? default : roots.ResolveAsync(_value, _isUri);
}
