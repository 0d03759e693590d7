using System.Text;
using Microsoft.Extensions.Logging;
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
            var log = new StderrLog(logger, "php", activity: null);
            log.Write(bytes.AsSpan(0, cut));
            log.Write(bytes.AsSpan(cut));

            Assert.Equal(["stderr of php: é€😀"], logger.Lines);
        }
    }

    [Fact]
    public void Write_NotUtf8_IsReplaced()
    {
        var logger = new ListLogger();
        new StderrLog(logger, "php", activity: null).Write([(byte)'a', 0xFF, 0xC3, (byte)'b', (byte)'\n']);

        Assert.Equal(["stderr of php: a\uFFFD\uFFFDb"], logger.Lines);
    }

    [Fact]
    public void Complete_Twice_SaysEverythingOnce()
    {
        var logger = new ListLogger();
        var log = new StderrLog(logger, "php", activity: null);
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

    private static List<string> Log(params string[] pieces)
    {
        var logger = new ListLogger();
        var log = new StderrLog(logger, "php", activity: null);
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

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Lines.Add(formatter(state, exception));
    }
}
