using System.Buffers;
using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Yarp.FastCgi.Diagnostics;

/// <summary>
/// Turns one request's STDERR stream into log events, one a line: bounded in line length and in total (E35), control characters
/// neutralised so that no line can forge another (E36).
/// </summary>
internal sealed class StderrLog
{
    private const int MaxLineLength = 4096;
    private const int MaxTotalLength = 64 * 1024;

    private readonly ILogger _logger;
    private readonly string _where;
    private readonly StderrLimit _limit;
    private readonly Activity? _activity;
    private readonly ArrayBufferWriter<byte> _line = new();
    private long _received;
    private long _dropped;
    private int _lines;

    /// <param name="logger">Where the lines go.</param>
    /// <param name="where">Where they come from.</param>
    /// <param name="limit">How many of them there may be.</param>
    /// <param name="activity">The attempt's span; null when it has none.</param>
    public StderrLog(ILogger logger, string where, StderrLimit limit, Activity? activity)
    {
        _logger = logger;
        _where = where;
        _limit = limit;
        _activity = activity;
    }

    public void Write(ReadOnlySpan<byte> text)
    {
        var allowed = (int)Math.Min(text.Length, Math.Max(0, MaxTotalLength - _received));
        _received += text.Length;
        _dropped += text.Length - allowed;
        text = text[..allowed];
        while (!text.IsEmpty)
        {
            var lineFeed = text.IndexOf((byte)'\n');
            var part = lineFeed < 0 ? text : text[..lineFeed];
            while (_line.WrittenCount + part.Length > MaxLineLength)
            {
                var taken = MaxLineLength - _line.WrittenCount;
                _line.Write(part[..taken]);
                part = part[taken..];
                EndLine();
            }

            _line.Write(part);
            if (lineFeed < 0)
            {
                return;
            }

            EndLine();
            text = text[(lineFeed + 1)..];
        }
    }

    /// <summary>The request is over: what stands without a line end, and how much was dropped.</summary>
    public void Complete()
    {
        EndLine();
        if (_dropped > 0 && _limit.TryTake())
        {
            Log.StderrDropped(_logger, _where, _dropped);
        }

        _dropped = 0;
    }

    private void EndLine()
    {
        if (_line.WrittenCount > 0)
        {
            var line = Neutralize(_line.WrittenSpan);
            _line.ResetWrittenCount();
            if (line.Length > 0)
            {
                var level = StderrLevels.Of(line);
                if (_logger.IsEnabled(level) && _limit.TryTake())
                {
                    Log.Stderr(_logger, level, _where, line);
                }

                AttemptActivity.OnStderr(_activity, line, _lines++);
            }
        }
    }

    private static string Neutralize(ReadOnlySpan<byte> line)
        => string.Create(
            Encoding.UTF8.GetCharCount(line),
            line,
            static (characters, bytes) =>
            {
                Encoding.UTF8.GetChars(bytes, characters);
                foreach (ref var character in characters)
                {
                    // U+2028 and U+2029 end a line for many readers of logs.
                    if (char.IsControl(character) || character is '\u2028' or '\u2029')
                    {
                        character = character == '\t' ? ' ' : '\uFFFD';
                    }
                }
            }).TrimEnd('\uFFFD', ' ');
}
