using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>Gives a listener the certificates of the store. Kestrel's selector of certificates would do, if it sent the intermediates as well.</summary>
internal static class TlsListener
{
    /// <param name="listener">Gets TLS.</param>
    /// <param name="https">What Kestrel's configuration says about the listener, apart from the certificate.</param>
    /// <param name="store">Has the certificates.</param>
    /// <param name="protocols">The versions of TLS where that configuration says nothing.</param>
    public static void Use(ListenOptions listener, HttpsConnectionAdapterOptions https, CertificateStore store, SslProtocols protocols)
        => listener.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = https.HandshakeTimeout,
            OnConnection = handshake => ValueTask.FromResult(CreateOptions(https, store.Select(handshake.ClientHelloInfo.ServerName), protocols)),
        });

    private static SslServerAuthenticationOptions CreateOptions(HttpsConnectionAdapterOptions https, LoadedCertificate? certificate, SslProtocols protocols) => new()
    {
        ServerCertificateContext = certificate?.Context ?? throw new AuthenticationException("There is no certificate: see Gateway:Tls:Certificates."),
        EnabledSslProtocols = https.SslProtocols == SslProtocols.None ? protocols : https.SslProtocols,
        CertificateRevocationCheckMode = https.CheckCertificateRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
        ClientCertificateRequired = https.ClientCertificateMode is ClientCertificateMode.AllowCertificate or ClientCertificateMode.RequireCertificate,
        RemoteCertificateValidationCallback = (_, client, _, errors) => client is null
            ? https.ClientCertificateMode != ClientCertificateMode.RequireCertificate
            : errors == SslPolicyErrors.None,
    };
}
