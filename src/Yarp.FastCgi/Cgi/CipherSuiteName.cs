namespace Yarp.FastCgi.Cgi;

/// <param name="OpenSsl">The name, such as <c>ECDHE-RSA-AES128-GCM-SHA256</c>.</param>
/// <param name="KeySize">In bits; null when it is not known.</param>
internal sealed record CipherSuiteName(byte[] OpenSsl, int? KeySize);
