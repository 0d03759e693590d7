using Microsoft.Extensions.Logging;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Responses;

public class StderrTests
{
    [Fact]
    public async Task Stderr_BetweenPiecesOfHeadAndBody_IsLoggedAndDisturbsNothing()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(
            Wire.Stderr("one\n", padding: 5), Wire.Stdout("X-A"), Wire.Stderr("two\nthree\n"), Wire.Stdout(": 1\r\nContent-Length: 4\r\n\r\nbo"), Wire.Stderr("fo"),
            Wire.Stdout("dy"), Wire.Stderr("ur"), Wire.Stdout(""), Wire.Stderr("\nfive"), Wire.EndRequest()));

        Assert.Equal(200, exchange.Status);
        Assert.Contains("X-A: 1", exchange.Head, StringComparison.Ordinal);
        Assert.Equal("body", exchange.Body);
        foreach (var line in new[] { "one", "two", "three", "four", "five" })
        {
            Assert.Single(exchange.Logs.Ours, entry => entry.Level >= LogLevel.Warning && entry.Message.Contains(line, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Stderr_EmptyRecord_IsIgnored()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(
            Wire.Stderr(""), Wire.Stderr("on", padding: 3), Wire.Stderr("", padding: 7), Wire.Stderr("e"), Wire.Stdout("X-A: 1\r\n\r\nbody"), Wire.Stderr(""), Wire.EndRequest()));

        Assert.Equal(200, exchange.Status);
        Assert.Contains("body", exchange.Body, StringComparison.Ordinal);
        Assert.EndsWith(": one", Assert.Single(exchange.Logs.Ours, entry => entry.Level >= LogLevel.Warning).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stderr_ControlCharacters_AreNeutralised()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stderr("a\u001b[31mred\u0007\rforged line \u0085end\n"), Wire.Stdout("\r\n"), Wire.EndRequest()));

        var entry = Assert.Single(exchange.Logs.Ours, entry => entry.Message.Contains("forged line", StringComparison.Ordinal));
        Assert.DoesNotContain(entry.Message, char.IsControl);
    }

    [Fact]
    public async Task Stderr_AloneWithoutOutput_Is502WithTheTextInTheLog()
    {
        var exchange = await Exchange.RunAsync(Wire.Join(Wire.Stderr("PHP Fatal error: nothing works"), Wire.EndRequest(appStatus: 255)));

        Assert.Equal("HTTP/1.1 502 Bad Gateway", exchange.StatusLine);
        Assert.Contains(exchange.Logs.Ours, entry => entry.Message.Contains("nothing works", StringComparison.Ordinal));
        Assert.DoesNotContain("nothing works", exchange.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stderr_Endless_IsBounded()
    {
        var line = new string('e', 1000) + "\n";
        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            for (var i = 0; i < 5000; i++)
            {
                await connection.SendStderrAsync(line);
            }

            await connection.SendStdoutAsync("X-A: 1\r\n\r\nbody");
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });

        Assert.Equal(200, exchange.Status);
        var logged = exchange.Logs.Ours.Where(entry => entry.Message.Contains("eeee", StringComparison.Ordinal)).Sum(entry => entry.Message.Length);
        Assert.InRange(logged, 1, 1_000_000);
    }

    [Fact]
    public async Task Stderr_OneEndlessLine_IsBounded()
    {
        var exchange = await Exchange.RunAsync(async connection =>
        {
            await connection.ReadRequestAsync();
            for (var i = 0; i < 200; i++)
            {
                await connection.SendStderrAsync(new string('e', 60_000));
            }

            await connection.SendStdoutAsync("X-A: 1\r\n\r\nbody");
            await connection.EndRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });

        Assert.Equal(200, exchange.Status);
        var logged = exchange.Logs.Ours.Where(entry => entry.Message.Contains("eeee", StringComparison.Ordinal)).Sum(entry => entry.Message.Length);
        Assert.InRange(logged, 1, 1_000_000);
    }
}
