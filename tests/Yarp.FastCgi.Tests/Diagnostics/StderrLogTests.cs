using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Diagnostics;

namespace Yarp.FastCgi.Tests.Diagnostics;

public class StderrLogTests
{
    [Theory]
    [InlineData(new[] { "one\ntwo\n" }, new[] { "one", "two" })]
    [InlineData(new[] { "on", "e\nt", "wo" }, new[] { "one", "two" })]
    [InlineData(new[] { "one\r\n\r\n\n", "two" }, new[] { "one", "two" })]
    [InlineData(new[] { "" }, new string[0])]
    [InlineData(new[] { "\n\n" }, new string[0])]
    public void Write_TextInAnyPieces_IsOneEventALine(string[] pieces, string[] lines)
        => Assert.Equal(lines, Log(pieces).Select(line => line["stderr of php: ".Length..]));

    [Theory]
    [InlineData("a\u001B[31mb", "a\uFFFD[31mb")]
    [InlineData("a\rb", "a\uFFFDb")]
    [InlineData("a\0b", "a\uFFFDb")]
    [InlineData("a\u2028b\u2029c\u0085d", "a\uFFFDb\uFFFDc\uFFFDd")]
    [InlineData("a\tb", "a b")]
    public void Write_ControlCharacter_CannotForgeALine(string text, string expected)
        => Assert.Equal(["stderr of php: " + expected], Log(text));

    [Fact]
    public void Write_IndentedLine_KeepsItsIndentation()
        => Assert.Equal(["stderr of php: Traceback:", "stderr of php:   File \"a.py\""], Log("Traceback:\n  File \"a.py\"  \r\n   \n"));

    [Fact]
    public void Write_CharacterCutAnywhere_IsWhole()
    {
        var bytes = Encoding.UTF8.GetBytes("é€😀\n");
        for (var cut = 0; cut <= bytes.Length; cut++)
        {
            var logger = new ListLogger();
            var log = new StderrLog(logger, "php", Unlimited(logger), activity: null);
            log.Write(bytes.AsSpan(0, cut));
            log.Write(bytes.AsSpan(cut));

            Assert.Equal(["stderr of php: é€😀"], logger.Lines);
        }
    }

    [Fact]
    public void Write_NotUtf8_IsReplaced()
    {
        var logger = new ListLogger();
        new StderrLog(logger, "php", Unlimited(logger), activity: null).Write([(byte)'a', 0xFF, 0xC3, (byte)'b', (byte)'\n']);

        Assert.Equal(["stderr of php: a\uFFFD\uFFFDb"], logger.Lines);
    }

    [Fact]
    public void Complete_Twice_SaysEverythingOnce()
    {
        var logger = new ListLogger();
        var log = new StderrLog(logger, "php", Unlimited(logger), activity: null);
        log.Write(new byte[64 * 1024]);
        log.Write("x"u8);
        log.Complete();
        log.Complete();

        Assert.Equal(["stderr of php: 1 more bytes of this request were dropped."], logger.Lines);
    }

    [Fact]
    public void Write_LineWithoutEnd_IsCutIntoBoundedLines()
    {
        var lines = Log(new string('x', 10_000));

        Assert.Equal([4096, 4096, 10_000 - 8192], lines.Select(line => line.Length - "stderr of php: ".Length));
    }

    [Fact]
    public void Write_EndlessText_IsDroppedBehindTheLimitAndCounted()
    {
        var lines = Log([.. Enumerable.Repeat(new string('y', 1023) + "\n", 100)]);

        Assert.Equal(64 + 1, lines.Count);
        Assert.Equal($"stderr of php: {36 * 1024} more bytes of this request were dropped.", lines[^1]);
    }

    [Theory]
    [InlineData("PHP message: PHP Fatal error:  Uncaught Exception", LogLevel.Error)]
    [InlineData("PHP Parse error:  syntax error", LogLevel.Error)]
    [InlineData("PHP message: PHP Warning:  Undefined variable $a", LogLevel.Warning)]
    [InlineData("PHP Deprecated:  each()", LogLevel.Information)]
    [InlineData("Traceback (most recent call last):", LogLevel.Error)]
    [InlineData("DEBUG:root:text", LogLevel.Debug)]
    [InlineData("said PHP Fatal error:", LogLevel.Warning)]
    [InlineData("anything", LogLevel.Warning)]
    public void Write_LineOfAKnownForm_HasItsLevel(string line, LogLevel level)
    {
        var logger = new ListLogger();
        new StderrLog(logger, "php", Unlimited(logger), activity: null).Write(Encoding.UTF8.GetBytes(line + "\n"));

        Assert.Equal([level], logger.Levels);
    }

    [Fact]
    public void Write_MoreLinesThanADestinationMay_AreHeldBackAndCountedWhenTheSecondIsOver()
    {
        var time = new FakeTimeProvider();
        var logger = new ListLogger();
        var limit = new StderrLimit(logger, FastCgiEndpoint.Parse("unix:/run/php.sock"), time);
        for (var request = 0; request < 3; request++)
        {
            var log = new StderrLog(logger, "php", limit, activity: null);
            log.Write(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("line\n", 60))));
            log.Complete();
        }

        Assert.Equal(StderrLimit.MaxLines, logger.Lines.Count);
        time.Advance(StderrLimit.Window);
        Assert.Equal("stderr of unix:/run/php.sock: 80 more lines were held back, 100 a second are logged.", logger.Lines[^1]);

        new StderrLog(logger, "php", limit, activity: null).Write("again\n"u8);
        Assert.Equal("stderr of php: again", logger.Lines[^1]);
        time.Advance(StderrLimit.Window);
        Assert.Equal(StderrLimit.MaxLines + 2, logger.Lines.Count);
    }

    [Fact]
    public void Write_SlowlyMoreLinesThanTheLimit_AreAllLogged()
    {
        var time = new FakeTimeProvider();
        var logger = new ListLogger();
        var log = new StderrLog(logger, "php", new StderrLimit(logger, FastCgiEndpoint.Parse("unix:/run/php.sock"), time), activity: null);
        for (var line = 0; line < 3 * StderrLimit.MaxLines; line++)
        {
            log.Write("line\n"u8);
            time.Advance(StderrLimit.Window / StderrLimit.MaxLines);
        }

        Assert.Equal(3 * StderrLimit.MaxLines, logger.Lines.Count);
    }

    private static StderrLimit Unlimited(ListLogger logger) => new(logger, FastCgiEndpoint.Parse("unix:/run/php.sock"), new FakeTimeProvider());

    private static List<string> Log(params string[] pieces)
    {
        var logger = new ListLogger();
        var log = new StderrLog(logger, "php", Unlimited(logger), activity: null);
        foreach (var piece in pieces)
        {
            log.Write(Encoding.UTF8.GetBytes(piece));
        }

        log.Complete();
        return logger.Lines;
    }

    private sealed class ListLogger : ILogger
    {
        public List<string> Lines { get; } = [];

        public List<LogLevel> Levels { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Lines.Add(formatter(state, exception));
            Levels.Add(logLevel);
        }
    }
}
