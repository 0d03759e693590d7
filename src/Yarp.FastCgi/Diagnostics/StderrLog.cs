using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>Turns one request's STDERR stream into log events, one a line: bounded in total as well as by <see cref="LogLines"/> (E35, E36).</summary>
internal sealed class StderrLog
{
    private const int MaxTotalLength = 64 * 1024;

    private readonly ILogger _logger;
    private readonly string _where;
    private readonly StderrLimit _limit;
    private readonly Activity? _activity;
    private readonly Action<string>? _explain;
    private readonly LogLines _lines;
    private long _received;
    private long _dropped;
    private int _count;

    /// <param name="logger">Where the lines go.</param>
    /// <param name="where">Where they come from.</param>
    /// <param name="limit">How many of them there may be.</param>
    /// <param name="activity">The attempt's span; null when it has none.</param>
    /// <param name="explain">Told of each line; null when nobody can explain one.</param>
    public StderrLog(ILogger logger, string where, StderrLimit limit, Activity? activity, Action<string>? explain = null)
    {
        _explain = explain;
        _logger = logger;
        _where = where;
        _limit = limit;
        _activity = activity;
        _lines = new LogLines(OnLine);
    }

    public void Write(ReadOnlySpan<byte> text)
    {
        var allowed = (int)Math.Min(text.Length, Math.Max(0, MaxTotalLength - _received));
        _received += text.Length;
        _dropped += text.Length - allowed;
        _lines.Write(text[..allowed]);
    }

    /// <summary>The request is over: what stands without a line end, and how much was dropped.</summary>
    public void Complete()
    {
        _lines.EndLine();
        if (_dropped > 0 && _limit.TryTake())
        {
            Log.StderrDropped(_logger, _where, _dropped);
        }

        _dropped = 0;
    }

    private void OnLine(string line)
    {
        var level = StderrLevels.Of(line);
        if (_logger.IsEnabled(level) && _limit.TryTake())
        {
            Log.Stderr(_logger, level, _where, line);
        }

        _explain?.Invoke(line);
        AttemptActivity.OnStderr(_activity, line, _count++);
    }
}
