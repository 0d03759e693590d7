using Microsoft.Extensions.Logging;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>Turns one request's STDERR stream into log events, one a line: bounded in total as well as by <see cref="LogLines"/> (E35, E36).</summary>
internal sealed class StderrLog
{
    private const int MaxTotalLength = 64 * 1024;

    private readonly ILogger _logger;
    private readonly string _where;
    private readonly LogLines _lines;
    private long _received;
    private long _dropped;

    public StderrLog(ILogger logger, string where)
    {
        _logger = logger;
        _where = where;
        _lines = new LogLines(line => Log.Stderr(_logger, _where, line));
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
        if (_dropped > 0)
        {
            Log.StderrDropped(_logger, _where, _dropped);
            _dropped = 0;
        }
    }
}
