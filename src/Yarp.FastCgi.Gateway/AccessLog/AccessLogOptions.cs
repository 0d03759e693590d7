using System.Diagnostics.CodeAnalysis;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Configuration;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>The section <c>Gateway:AccessLog</c>; docs/access-log.md is its reference.</summary>
internal sealed record AccessLogOptions
{
    public const string StandardOutput = "stdout";

    private static readonly IntegerFormat QueueLimitFormat = new(16, 1_000_000, "requests");

    /// <summary>Where lines go: a file, or <see cref="StandardOutput"/>; null when there is no access log.</summary>
    public string? Path { get; private init; }

    /// <summary>The form of a line.</summary>
    public AccessLogFormat Format { get; private init; } = AccessLogFormat.Combined;

    /// <summary>Requests that may wait to be written; what comes on top is dropped and counted.</summary>
    public int QueueLimit { get; private init; } = 8192;

    /// <summary>Request header fields that JSON lines have as well.</summary>
    public IReadOnlyList<string> RequestHeaders { get; private init; } = [];

    /// <summary>Query parameters and header fields whose values are redacted, beside those whose name is that of a secret.</summary>
    public IReadOnlySet<string> Redact { get; private init; } = new HashSet<string>(StringComparer.OrdinalIgnoreCase);

    public bool IsOn => Path is not null;

    /// <summary>Whether the value of a header field or query parameter is hidden.</summary>
    public bool IsSecret(string name) => Redact.Contains(name) || SecretNames.Contains(name);

    public static AccessLogOptions Read(SectionReader section)
    {
        var options = new AccessLogOptions();
        var headers = section.ReadList(nameof(RequestHeaders), TokenFormat.Instance, []);
        foreach (var name in headers.Where(IsNeverLogged))
        {
            section.Refuse(nameof(RequestHeaders), $"has '{name}', which is never logged.");
        }

        options = options with
        {
            Path = section.Read<string>(nameof(Path), TryReadPath),
            Format = section.Read(nameof(Format), AccessLogFormatText.Instance, options.Format),
            QueueLimit = section.Read(nameof(QueueLimit), QueueLimitFormat, options.QueueLimit),
            RequestHeaders = headers,
            Redact = section.ReadList(nameof(Redact), TokenFormat.Instance, []).ToHashSet(StringComparer.OrdinalIgnoreCase),
        };
        if (section.Exists && options.Path is null)
        {
            section.Refuse(nameof(Path), $"is missing: the file to write to, or {StandardOutput}.");
        }

        return options;
    }

    private static bool IsNeverLogged(string name)
        => name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Proxy-Authorization", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Cookie", StringComparison.OrdinalIgnoreCase);

    private static bool TryReadPath(string text, [NotNullWhen(true)] out string? path, [NotNullWhen(false)] out string? error)
    {
        path = text == StandardOutput || System.IO.Path.IsPathFullyQualified(text) ? text : null;
        error = path is null ? $"'{text}' is neither {StandardOutput} nor the absolute path of a file." : null;
        return path is not null;
    }
}
