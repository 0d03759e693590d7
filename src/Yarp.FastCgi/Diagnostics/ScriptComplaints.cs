using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Threading;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>
/// Explains the two answers of php-fpm that nobody understands at first, "File not found." and "Access denied.": with the SCRIPT_FILENAME that it was sent,
/// once a minute for each file and for a bounded number of files.
/// </summary>
internal sealed class ScriptComplaints(TimeProvider timeProvider)
{
    public const int MaxFiles = 100;

    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    // What php-fpm writes to stderr beside them.
    private const string Unknown = "Primary script unknown";
    private const string Denied = "has been denied (see security.limit_extensions)";

    private readonly Lock _lock = new();
    private readonly Dictionary<(FastCgiEndpoint, string), long> _explained = [];

    /// <summary>Looks at a line of stderr.</summary>
    /// <param name="logger">Where an explanation goes.</param>
    /// <param name="where">Where the line comes from, in words.</param>
    /// <param name="endpoint">The application.</param>
    /// <param name="file">SCRIPT_FILENAME of the request; null when it is not known.</param>
    /// <param name="line">The line.</param>
    public void OnLine(ILogger logger, string where, FastCgiEndpoint endpoint, string? file, string line)
    {
        if (file is null)
        {
            return;
        }

        if (line.Contains(Unknown, StringComparison.Ordinal))
        {
            if (logger.IsEnabled(LogLevel.Warning) && TryTake(endpoint, file))
            {
                WorkerThread.Run(static site => Log.ScriptUnknownToApplication(site.Logger, site.Where, LogText(site.File), WhyUnknown(site.File)), (Logger: logger, Where: where, File: file));
            }
        }
        else if (line.Contains(Denied, StringComparison.Ordinal) && logger.IsEnabled(LogLevel.Warning) && TryTake(endpoint, file))
        {
            Log.ScriptDeniedByApplication(logger, where, LogText(file), Path.GetExtension(LogText(file)));
        }
    }

    private static string WhyUnknown(string file) => File.Exists(file)
        ? "The file is there on this machine: php-fpm's user may not read it or one of its directories, php-fpm has a chroot, or it is on another machine."
        : "There is no such file on this machine either: is DocumentRoot (or ScriptFile) right, as php-fpm sees it?";

    private bool TryTake(FastCgiEndpoint endpoint, string file)
    {
        var now = timeProvider.GetTimestamp();
        lock (_lock)
        {
            if (_explained.TryGetValue((endpoint, file), out var last))
            {
                if (timeProvider.GetElapsedTime(last, now) < Interval)
                {
                    return false;
                }
            }
            else if (_explained.Count >= MaxFiles)
            {
                foreach (var (key, time) in _explained)
                {
                    if (timeProvider.GetElapsedTime(time, now) >= Interval)
                    {
                        _explained.Remove(key);
                    }
                }

                if (_explained.Count >= MaxFiles)
                {
                    return false;
                }
            }

            _explained[(endpoint, file)] = now;
            return true;
        }
    }

    // A path may have been the client's.
    private static string LogText(string file)
        => string.Create(file.Length, file, static (text, source) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? '\uFFFD' : source[i];
            }
        });
}
