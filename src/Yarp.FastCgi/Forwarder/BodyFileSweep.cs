using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// Deletes the files of request bodies that a gateway has left in a directory shared with an application because it was killed: when the
/// directory comes into use, and then every hour. Other gateways may use the directory as well, so a file must have a name of ours, must
/// not have been written to for an hour, and must not be locked by a gateway that lives.
/// </summary>
internal sealed class BodyFileSweep : IAppliedConfigurationListener, IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private static readonly EnumerationOptions PlainFiles = new() { AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Directory };

    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private readonly Lock _sweeping = new();
    private readonly HashSet<string> _direct = new(StringComparer.Ordinal);
    private HashSet<string> _routes = new(StringComparer.Ordinal);
    private HashSet<string> _inUse = new(StringComparer.Ordinal);
    private ITimer? _timer;
    private bool _disposed;

    public BodyFileSweep(TimeProvider timeProvider, ILogger<BodyFileSweep> logger)
    {
        _timeProvider = timeProvider;
        _logger = logger;
    }

    public void OnApplied(IReadOnlyList<AppliedRoute> routes)
    {
        var directories = new HashSet<string>(StringComparer.Ordinal);
        foreach (var route in routes)
        {
            if (SettingsResolver.ResolveApplication(route.Cluster.Metadata, route.Route.Metadata).LocalRequestBodyFileDirectory is { } directory)
            {
                directories.Add(directory);
            }
        }

        lock (_lock)
        {
            _routes = directories;
            Update();
        }
    }

    /// <summary>The application of an endpoint that forwards without a route of YARP.</summary>
    public void AddDirect(ApplicationSettings application)
    {
        if (application.LocalRequestBodyFileDirectory is { } directory)
        {
            lock (_lock)
            {
                _direct.Add(directory);
                Update();
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    /// <summary>Deletes what is left behind in these directories.</summary>
    public void Sweep(IEnumerable<string> directories)
    {
        lock (_sweeping)
        {
            foreach (var directory in directories)
            {
                try
                {
                    Sweep(directory);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    Log.BodyFilesNotSwept(_logger, directory, exception.Message);
                }
            }
        }
    }

    private void Update()
    {
        if (_disposed)
        {
            return;
        }

        var inUse = new HashSet<string>(_routes.Concat(_direct), StringComparer.Ordinal);
        var added = inUse.Except(_inUse).ToArray();
        _inUse = inUse;
        if (added.Length > 0)
        {
            // Whoever loads the configuration does not wait for it.
            _ = Task.Run(() => Sweep(added));
            _timer ??= _timeProvider.CreateTimer(static state => ((BodyFileSweep)state!).OnTimer(), this, Interval, Interval);
        }
    }

    private void OnTimer()
    {
        HashSet<string> inUse;
        lock (_lock)
        {
            inUse = _inUse;
        }

        Sweep(inUse);
    }

    private void Sweep(string directory)
    {
        var deleted = 0;
        UnauthorizedAccessException? refused = null;
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles(SpoolFile.SharedNamePrefix + "*", PlainFiles))
        {
            if (!SpoolFile.IsSharedName(file.Name) || _timeProvider.GetUtcNow() - file.LastWriteTimeUtc < Interval)
            {
                continue;
            }

            try
            {
                using var locked = File.OpenHandle(file.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(file.FullName);
                deleted++;
            }
            catch (IOException)
            {
                // In use, or gone meanwhile.
            }
            catch (UnauthorizedAccessException exception)
            {
                refused = exception;
            }
        }

        if (deleted > 0)
        {
            Log.BodyFilesSwept(_logger, deleted, directory);
        }

        if (refused is not null)
        {
            Log.BodyFilesNotSwept(_logger, directory, refused.Message);
        }
    }
}
