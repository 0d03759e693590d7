namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>Log events of TLS.</summary>
internal static partial class TlsLog
{
    [LoggerMessage(23, LogLevel.Information, "'{Key}': new handshakes get the changed certificate, for {Names}, until {NotAfter}.", EventName = "CertificateReplaced")]
    public static partial void CertificateReplaced(ILogger logger, string key, string names, DateTime notAfter);

    [LoggerMessage(24, LogLevel.Error, "{Error} The certificate before it goes on.", EventName = "CertificateRefused")]
    public static partial void CertificateRefused(ILogger logger, string error);

    [LoggerMessage(25, LogLevel.Warning, "'{Key}': the certificate is valid until {NotAfter} only.", EventName = "CertificateExpires")]
    public static partial void CertificateExpires(ILogger logger, string key, DateTime notAfter);

    [LoggerMessage(26, LogLevel.Information, "HTTP/3 is not spoken: this machine has no QUIC. The package libmsquic brings it.", EventName = "QuicMissing")]
    public static partial void QuicMissing(ILogger logger);
}
