using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Tls;

/// <summary>Where a certificate is. Kestrel's own names.</summary>
internal sealed record CertificateOptions
{
    /// <summary>Absolute path of a PEM file with the certificate and its intermediates, or of a PFX file with the key as well.</summary>
    public required string Path { get; init; }

    /// <summary>Absolute path of the PEM file with the key; null where the key is in <see cref="Path"/>.</summary>
    public string? KeyPath { get; init; }

    /// <summary>The password of the key or of the PFX file; null where it has none.</summary>
    public string? Password { get; init; }

    public static CertificateOptions Read(SectionReader section)
    {
        if (!section.TryRead(nameof(Path), TextFormat.Line, out var path) && !section.Has(nameof(Path)))
        {
            section.Refuse(nameof(Path), "is missing: where is the certificate?");
        }

        return new CertificateOptions
        {
            Path = System.IO.Path.GetFullPath(path ?? "."),
            KeyPath = section.TryRead(nameof(KeyPath), TextFormat.Line, out var keyPath) ? System.IO.Path.GetFullPath(keyPath) : null,
            Password = section.TryRead(nameof(Password), TextFormat.Line, out var password) ? password : null,
        };
    }

    // The password belongs in no log.
    public override string ToString() => KeyPath is null ? Path : $"{Path} with {KeyPath}";
}
