using System.Collections.Concurrent;
using System.Net.Security;
using System.Text;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// Cipher suites by OpenSSL's names, which mod_ssl reports, and the sizes of their keys. Worked out from the IANA names, once for each suite.
/// </summary>
internal static class CipherSuiteNames
{
    private static readonly ConcurrentDictionary<TlsCipherSuite, CipherSuiteName> Names = new();

    public static CipherSuiteName Get(TlsCipherSuite suite)
        => Names.GetOrAdd(suite, static suite => Create(suite.ToString()));

    /// <param name="iana">Such as <c>TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256</c>.</param>
    public static CipherSuiteName Create(string iana)
    {
        const string Prefix = "TLS_";
        const string With = "_WITH_";
        var with = iana.IndexOf(With, StringComparison.Ordinal);
        var cipher = with < 0 ? iana : iana[(with + With.Length)..];

        // TLS 1.3 has no key exchange in its names, and OpenSSL has the same names. A suite unknown to .NET is a number.
        var openSsl = with < 0 || !iana.StartsWith(Prefix, StringComparison.Ordinal) ? iana
            : KeyExchange(iana[Prefix.Length..with]) + Cipher(cipher);
        return new CipherSuiteName(Encoding.ASCII.GetBytes(openSsl), KeySize(cipher));
    }

    // RSA is what OpenSSL leaves out.
    private static string KeyExchange(string name) => name == "RSA" ? "" : name.Replace('_', '-') + "-";

    private static string Cipher(string name) => name
        .Replace("AES_", "AES", StringComparison.Ordinal)
        .Replace("ARIA_", "ARIA", StringComparison.Ordinal)
        .Replace("CAMELLIA_", "CAMELLIA", StringComparison.Ordinal)
        .Replace("3DES_EDE_CBC", "DES-CBC3", StringComparison.Ordinal)
        .Replace("CHACHA20_POLY1305_SHA256", "CHACHA20-POLY1305", StringComparison.Ordinal)
        .Replace("CCM_8", "CCM8", StringComparison.Ordinal)
        .Replace("_CBC", "", StringComparison.Ordinal)
        .Replace('_', '-');

    private static int? KeySize(string cipher)
        => cipher.Contains("_256", StringComparison.Ordinal) || cipher.Contains("CHACHA20", StringComparison.Ordinal) ? 256
            : cipher.Contains("_128", StringComparison.Ordinal) ? 128
            : cipher.Contains("3DES", StringComparison.Ordinal) ? 168
            : null;
}
