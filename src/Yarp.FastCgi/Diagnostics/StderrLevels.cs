using Microsoft.Extensions.Logging;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>How bad a line of stderr is, by how applications begin one; the table of docs/observability.md.</summary>
internal static class StderrLevels
{
    // php-fpm's word before what PHP says.
    private const string PhpMessage = "PHP message: ";

    /// <summary>Beginnings of lines and their levels; any other line is <see cref="Default"/>.</summary>
    public static readonly IReadOnlyList<(string Beginning, LogLevel Level)> All =
    [
        ("PHP Fatal error:", LogLevel.Error),
        ("PHP Recoverable fatal error:", LogLevel.Error),
        ("PHP Parse error:", LogLevel.Error),
        ("PHP Warning:", LogLevel.Warning),
        ("PHP Notice:", LogLevel.Information),
        ("PHP Deprecated:", LogLevel.Information),
        ("PHP Strict Standards:", LogLevel.Information),
        ("Traceback (most recent call last):", LogLevel.Error),
        ("CRITICAL:", LogLevel.Error),
        ("ERROR:", LogLevel.Error),
        ("WARNING:", LogLevel.Warning),
        ("INFO:", LogLevel.Information),
        ("DEBUG:", LogLevel.Debug),
    ];

    /// <summary>Nobody writes to stderr without a reason.</summary>
    public const LogLevel Default = LogLevel.Warning;

    public static LogLevel Of(ReadOnlySpan<char> line)
    {
        if (line.StartsWith(PhpMessage, StringComparison.Ordinal))
        {
            line = line[PhpMessage.Length..];
        }

        foreach (var (beginning, level) in All)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal))
            {
                return level;
            }
        }

        return Default;
    }
}
