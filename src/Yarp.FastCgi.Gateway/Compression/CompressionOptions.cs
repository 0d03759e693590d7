using System.IO.Compression;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Compression;

/// <summary>The section <c>Gateway:Compression</c>: which responses are compressed on their way to the client, and how.</summary>
internal sealed record CompressionOptions
{
    public const string Brotli = "br";
    public const string Gzip = "gzip";

    private const string Fastest = "Fastest";
    private const string Optimal = "Optimal";
    private const string Smallest = "Smallest";

    /// <summary>Whether anything is compressed. Default: no.</summary>
    public bool Enabled { get; private init; }

    /// <summary>Whether that holds for https too, where the length of a response can tell of secrets in it (BREACH). Default: no.</summary>
    public bool Https { get; private init; }

    /// <summary>Content codings; of those that a client likes equally, the first. Default: br, gzip.</summary>
    public IReadOnlyList<string> Encodings { get; private init; } = [Brotli, Gzip];

    /// <summary>How hard to try. Default: Fastest.</summary>
    public CompressionLevel Level { get; private init; } = CompressionLevel.Fastest;

    /// <summary>Bytes that a response must have, where its length is known beforehand. Default: 1024.</summary>
    public int MinimumSize { get; private init; } = 1024;

    /// <summary>Media types, or all of a kind: text/*. Default: texts that browsers ask for.</summary>
    public IReadOnlyList<string> Types { get; private init; } =
    [
        "application/atom+xml", "application/geo+json", "application/javascript", "application/json", "application/ld+json", "application/manifest+json",
        "application/rss+xml", "application/wasm", "application/xhtml+xml", "application/xml", "font/otf", "font/ttf", "image/bmp", "image/svg+xml",
        "text/css", "text/csv", "text/html", "text/javascript", "text/markdown", "text/plain", "text/xml",
    ];

    public static CompressionOptions Read(SectionReader section)
    {
        var defaults = new CompressionOptions();
        var boolean = new BooleanFormat();
        var options = new CompressionOptions
        {
            Enabled = section.Read(nameof(Enabled), boolean, defaults.Enabled),
            Https = section.Read(nameof(Https), boolean, defaults.Https),
            Encodings = section.ReadList(nameof(Encodings), new WordFormat(Brotli, Gzip), defaults.Encodings),
            Level = section.Read(nameof(Level), new WordFormat(Fastest, Optimal, Smallest), Fastest) switch
            {
                Optimal => CompressionLevel.Optimal,
                Smallest => CompressionLevel.SmallestSize,
                _ => CompressionLevel.Fastest,
            },
            MinimumSize = section.Read(nameof(MinimumSize), new IntegerFormat(0, 1_048_576, "bytes"), defaults.MinimumSize),
            Types = section.ReadList(nameof(Types), MediaTypeFormat.Instance, defaults.Types),
        };
        if (options.Encodings.Count == 0)
        {
            section.Refuse(nameof(Encodings), "is empty: name one, or set Enabled to false.");
        }

        if (options.Types.Count == 0)
        {
            section.Refuse(nameof(Types), "is empty: name one, or set Enabled to false.");
        }

        return options;
    }
}
