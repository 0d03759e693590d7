using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>A certificate as handshakes use it.</summary>
/// <param name="Certificate">The certificate with its key.</param>
/// <param name="Context">The same with its intermediates.</param>
/// <param name="Names">The hosts that it is for, in lower case; <c>*.example.com</c> for those one label below.</param>
internal sealed record LoadedCertificate(X509Certificate2 Certificate, SslStreamCertificateContext Context, IReadOnlyList<string> Names);
