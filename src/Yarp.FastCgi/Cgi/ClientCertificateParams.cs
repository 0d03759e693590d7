using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Yarp.FastCgi.Cgi;

/// <summary>A client certificate as mod_ssl reports it, encoded once: all requests of a connection have the same one.</summary>
internal sealed class ClientCertificateParams
{
    private static readonly ConditionalWeakTable<X509Certificate2, ClientCertificateParams> Known = [];

    private ClientCertificateParams(X509Certificate2 certificate)
    {
        Subject = Encoding.UTF8.GetBytes(DistinguishedNameFormat.Format(certificate.SubjectName));
        Issuer = Encoding.UTF8.GetBytes(DistinguishedNameFormat.Format(certificate.IssuerName));
        Serial = Encoding.ASCII.GetBytes(FormatSerial(certificate.SerialNumber));
        Start = FormatTime(certificate.NotBefore);
        End = FormatTime(certificate.NotAfter);
        Pem = Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n");
    }

    public byte[] Subject { get; }

    public byte[] Issuer { get; }

    public byte[] Serial { get; }

    public byte[] Start { get; }

    public byte[] End { get; }

    public byte[] Pem { get; }

    public static ClientCertificateParams Get(X509Certificate2 certificate)
        => Known.GetValue(certificate, static certificate => new ClientCertificateParams(certificate));

    // OpenSSL leaves out the octet that only says that the number is positive.
    private static string FormatSerial(string serial)
        => serial.Length > 2 && serial.StartsWith("00", StringComparison.Ordinal) ? serial[2..] : serial;

    // As OpenSSL's ASN1_TIME_print: "Jan  2 03:04:05 2026 GMT".
    private static byte[] FormatTime(DateTime time)
    {
        var utc = time.ToUniversalTime();
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{utc:MMM} {utc.Day,2} {utc:HH:mm:ss yyyy} GMT"));
    }
}
