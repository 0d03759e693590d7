namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>All certificates of a moment, to choose from by the name that a client asks for (RFC 6066 section 3).</summary>
internal sealed class CertificateSet
{
    private const string Wildcard = "*.";

    private readonly Dictionary<string, LoadedCertificate>.AlternateLookup<ReadOnlySpan<char>> _hosts;

    // By what stands behind the asterisk: ".example.com".
    private readonly Dictionary<string, LoadedCertificate>.AlternateLookup<ReadOnlySpan<char>> _wildcards;
    private readonly LoadedCertificate? _default;

    /// <param name="certificates">The first one for a name wins.</param>
    /// <param name="fallback">For clients that ask for no name, or for an unknown one.</param>
    public CertificateSet(IEnumerable<LoadedCertificate> certificates, LoadedCertificate? fallback)
    {
        var hosts = new Dictionary<string, LoadedCertificate>(StringComparer.OrdinalIgnoreCase);
        var wildcards = new Dictionary<string, LoadedCertificate>(StringComparer.OrdinalIgnoreCase);
        foreach (var certificate in certificates)
        {
            foreach (var name in certificate.Names)
            {
                _ = name.StartsWith(Wildcard, StringComparison.Ordinal) ? wildcards.TryAdd(name[1..], certificate) : hosts.TryAdd(name, certificate);
            }
        }

        _hosts = hosts.GetAlternateLookup<ReadOnlySpan<char>>();
        _wildcards = wildcards.GetAlternateLookup<ReadOnlySpan<char>>();
        _default = fallback;
    }

    /// <param name="host">What the client asked for; null or empty when it did not.</param>
    /// <returns>Null when there is no certificate at all.</returns>
    public LoadedCertificate? Select(string? host)
    {
        var name = host.AsSpan().TrimEnd('.');
        if (_hosts.TryGetValue(name, out var certificate))
        {
            return certificate;
        }

        // An asterisk stands for one label (RFC 9525 section 6.3).
        var dot = name.IndexOf('.');
        return dot > 0 && _wildcards.TryGetValue(name[dot..], out certificate) ? certificate : _default;
    }
}
