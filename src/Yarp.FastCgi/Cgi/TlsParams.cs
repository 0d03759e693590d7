using System.Security.Authentication;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Yarp.FastCgi.Cgi;

/// <summary>The TLS connection of the client and its certificate, by the names that mod_ssl gives them. Nothing without TLS.</summary>
internal static class TlsParams
{
    /// <exception cref="Client.FastCgiException">ParamTooLong.</exception>
    public static void Write(CgiParamsWriter writer, IFeatureCollection features)
    {
        if (features.Get<ITlsHandshakeFeature>() is not { } handshake)
        {
            return;
        }

        writer.Add("SSL_PROTOCOL"u8, ProtocolName(handshake.Protocol));
        if (handshake.NegotiatedCipherSuite is { } suite)
        {
            var name = CipherSuiteNames.Get(suite);
            writer.Add("SSL_CIPHER"u8, name.OpenSsl);
            if (name.KeySize is { } size)
            {
                writer.AddNumber("SSL_CIPHER_USEKEYSIZE"u8, size);
            }
        }

        // The handshake feature has it only when the server's certificate was chosen by it.
        var hostName = string.IsNullOrEmpty(handshake.HostName) ? features.Get<ISslStreamFeature>()?.SslStream.TargetHostName : handshake.HostName;
        if (!string.IsNullOrEmpty(hostName))
        {
            writer.Add("SSL_TLS_SNI"u8, hostName);
        }

        // Without renegotiation: a certificate that was not part of the handshake is not asked for here.
        if (features.Get<ITlsConnectionFeature>()?.ClientCertificate is not { } certificate)
        {
            writer.Add("SSL_CLIENT_VERIFY"u8, "NONE"u8);
            return;
        }

        // The server ends the handshake when its validation refuses the certificate.
        writer.Add("SSL_CLIENT_VERIFY"u8, "SUCCESS"u8);
        var client = ClientCertificateParams.Get(certificate);
        writer.Add("SSL_CLIENT_S_DN"u8, client.Subject);
        writer.Add("SSL_CLIENT_I_DN"u8, client.Issuer);
        writer.Add("SSL_CLIENT_M_SERIAL"u8, client.Serial);
        writer.Add("SSL_CLIENT_V_START"u8, client.Start);
        writer.Add("SSL_CLIENT_V_END"u8, client.End);
        writer.Add("SSL_CLIENT_CERT"u8, client.Pem);
    }

    private static string ProtocolName(SslProtocols protocol) => protocol switch
    {
        SslProtocols.Tls13 => "TLSv1.3",
        SslProtocols.Tls12 => "TLSv1.2",

        // .NET marks the names of these two as obsolete.
        (SslProtocols)768 => "TLSv1.1",
        (SslProtocols)192 => "TLSv1",
        _ => protocol.ToString(),
    };
}
