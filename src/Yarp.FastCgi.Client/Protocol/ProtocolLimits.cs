namespace Yarp.FastCgi.Client.Protocol;

/// <summary>The numbers of FastCGI 1.0 (section 8). Lengths are in bytes.</summary>
internal static class ProtocolLimits
{
    public const byte Version = 1;

    public const int HeaderSize = 8;

    public const int MaxContentLength = 65535;

    /// <summary>
    /// The longest content that is sent. Applications such as php-fpm refuse a record whose content and padding together
    /// exceed 65535 bytes, so the largest multiple of eight is the limit and needs no padding.
    /// </summary>
    public const int MaxPaddedContentLength = 65528;

    /// <summary>The flag FCGI_KEEP_CONN of BEGIN_REQUEST (section 5.1).</summary>
    public const byte KeepConnectionFlag = 1;
}
