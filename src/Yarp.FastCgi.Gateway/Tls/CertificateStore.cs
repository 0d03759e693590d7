using System.Security.Cryptography;
using Yarp.FastCgi.Gateway.Reload;

namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>
/// The certificates of the gateway. A handshake takes the one that is there at its time, and connections keep theirs: nothing is closed when a file changes. A file
/// that cannot be used is told once, and the certificate before it goes on.
/// </summary>
internal sealed class CertificateStore(ILogger<CertificateStore> logger, TimeProvider timeProvider)
{
    private static readonly TimeSpan WarnBefore = TimeSpan.FromDays(7);

    private readonly Lock _lock = new();
    private Dictionary<string, Entry> _entries = new(StringComparer.OrdinalIgnoreCase);
    private CertificateSources _sources = CertificateSources.None;
    private volatile CertificateSet _current = new([], fallback: null);

    /// <summary>How often the files are looked at; zero never.</summary>
    public TimeSpan CheckPeriod => _sources.CheckPeriod;

    /// <summary>Whether there is no certificate.</summary>
    public bool IsEmpty => _sources.Certificates.Count == 0;

    /// <param name="host">What the client asks for; null or empty when it does not.</param>
    /// <returns>Null when there is no certificate at all.</returns>
    public LoadedCertificate? Select(string? host) => _current.Select(host);

    /// <summary>Takes other certificates, all or none of them.</summary>
    /// <exception cref="AggregateException">Those that cannot be used, an <see cref="InvalidDataException"/> each.</exception>
    public void Use(CertificateSources sources)
    {
        lock (_lock)
        {
            var entries = new Dictionary<string, Entry>(StringComparer.OrdinalIgnoreCase);
            var errors = new List<Exception>();
            foreach (var (key, options) in sources.Certificates)
            {
                var stamp = Stamp.Of(options);
                if (TryLoad(key, options, out var certificate) is { } error)
                {
                    errors.Add(new InvalidDataException(error));
                }
                else
                {
                    entries[key] = new Entry(options, certificate!, stamp);
                }
            }

            if (errors.Count > 0)
            {
                throw new AggregateException(errors);
            }

            _entries = entries;
            _sources = sources;
            Publish();
        }
    }

    /// <summary>Reads the files again that have changed.</summary>
    public void Refresh()
    {
        lock (_lock)
        {
            var changed = false;
            foreach (var (key, entry) in _entries)
            {
                var stamp = Stamp.Of(entry.Options);
                if (stamp == entry.Seen)
                {
                    continue;
                }

                entry.Seen = stamp;
                if (TryLoad(key, entry.Options, out var certificate) is { } error)
                {
                    TlsLog.CertificateRefused(logger, error);
                }
                else
                {
                    entry.Certificate = certificate!;
                    changed = true;
                    TlsLog.CertificateReplaced(logger, key, string.Join(", ", certificate!.Names), certificate.Certificate.NotAfter);
                }
            }

            if (changed)
            {
                Publish();
            }
        }
    }

    private static string? TryLoad(string key, CertificateOptions options, out LoadedCertificate? certificate)
    {
        certificate = null;
        try
        {
            certificate = CertificateFile.Load(options);
            return null;
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"'{key}': the certificate in {options} cannot be used: {exception.Message}";
        }
    }

    private void Publish()
    {
        var certificates = _sources.Certificates.Select(source => (source.Key, _entries[source.Key].Certificate)).ToList();
        foreach (var (key, certificate) in certificates)
        {
            if (certificate.Certificate.NotAfter - timeProvider.GetLocalNow().DateTime < WarnBefore)
            {
                TlsLog.CertificateExpires(logger, key, certificate.Certificate.NotAfter);
            }
        }

        var fallback = _sources.Default is { } name ? _entries[name].Certificate : certificates.FirstOrDefault().Certificate;
        _current = new CertificateSet(certificates.Select(certificate => certificate.Certificate), fallback);
    }

    private sealed class Entry(CertificateOptions options, LoadedCertificate certificate, Stamp seen)
    {
        public CertificateOptions Options => options;

        public LoadedCertificate Certificate { get; set; } = certificate;

        public Stamp Seen { get; set; } = seen;
    }

    private readonly record struct Stamp(FileStamp Certificate, FileStamp Key)
    {
        public static Stamp Of(CertificateOptions options) => new(FileStamp.Of(options.Path), FileStamp.Of(options.KeyPath));
    }
}
