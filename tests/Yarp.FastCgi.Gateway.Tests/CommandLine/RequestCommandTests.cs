using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

public sealed class RequestCommandTests : IDisposable
{
    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Request_ScriptOfPhpFpm_ShowsParamsBothStreamsAndTheStatus()
    {
        await using var fpm = await PhpFpm.StartAsync();
        var script = fpm.Files.Write("a.php", """<?php error_log('to stderr'); echo $_SERVER['REQUEST_METHOD'], ' ', $_GET['x'], ' ', $_SERVER['HTTP_X_A'], ' ', file_get_contents('php://input');""");

        Assert.Equal(0, await _command.RunAsync("request", fpm.Address, "--script", script, "--uri", "/a.php?x=1", "--header", "X-A: header", "--body", "stdin"));

        AssertShown(
            "params", $"  SCRIPT_FILENAME={script}", "  SCRIPT_NAME=/a.php", "  QUERY_STRING=x=1", "  CONTENT_LENGTH=5", "  HTTP_X_A=header",
            "stdout", "Content-type: text/html; charset=UTF-8", "POST 1 header stdin",
            "stderr", "PHP message: to stderr");
        Assert.Contains("\napp status 0, protocol status RequestComplete; first byte after ", _command.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WithoutScript_AsksForThePath()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("answer"));

        Assert.Equal(0, await _command.RunAsync("request", responder.Address, "--uri", "/a%20b?c", "--method", "PURGE", "--root", "/srv", "--param", "REMOTE_ADDR=::1", "--param", "EXTRA=a=b", "--param", "EMPTY="));

        var request = await responder.WaitForRequestAsync();
        Assert.Equal("/a b", request["PATH_INFO"]);
        Assert.Equal("", request["SCRIPT_NAME"]);
        Assert.Equal("/a%20b?c", request["REQUEST_URI"]);
        Assert.Equal("c", request["QUERY_STRING"]);
        Assert.Equal("PURGE", request["REQUEST_METHOD"]);
        Assert.Equal("/srv", request["DOCUMENT_ROOT"]);
        Assert.Equal("::1", request["REMOTE_ADDR"]);
        Assert.Equal("a=b", request["EXTRA"]);
        Assert.Equal("", request["EMPTY"]);
        Assert.Null(request["SCRIPT_FILENAME"]);
    }

    [Fact]
    public async Task Request_BodyOfAFile_IsSentAsItStands()
    {
        var body = new byte[300_000];
        Random.Shared.NextBytes(body);
        var file = _command.Directory.Combine("body");
        await File.WriteAllBytesAsync(file, body);
        await using var responder = ScriptedResponder.Start((ReceivedRequest request) => Reply.Text(request.Stdin.AsSpan().SequenceEqual(body) ? "the same" : "another"));

        Assert.Equal(0, await _command.RunAsync("request", responder.Address, "--body-file", file));

        AssertShown("the same");
    }

    [Fact]
    public async Task Request_BytesThatATerminalObeys_AreShownAsPictures()
    {
        await using var responder = ScriptedResponder.Start(_ => Reply.Text("a\e[31mb\0c\u007f\u0085é\tend"));

        Assert.Equal(0, await _command.RunAsync("request", responder.Address));

        AssertShown("a␛[31mb␀c␡\ufffdé\tend");
    }

    [Fact]
    public async Task Request_AnswerInPieces_IsPutTogether()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            var records = Wire.Join(Wire.Stderr("err", padding: 3), Wire.Stdout("\r\nhal", padding: 5), Wire.Stdout("f é"), Wire.Stdout(""), Wire.EndRequest(appStatus: 42));
            foreach (var piece in records.Chunk(3))
            {
                await connection.SendRawAsync(piece);
            }
        });

        Assert.Equal(0, await _command.RunAsync("request", responder.Address));

        AssertShown("half é", "err");
        Assert.Contains("app status 42", _command.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_ApplicationDoesNotReadTheBody_ItsAnswerIsShown()
    {
        var file = _command.Directory.Combine("body");
        var shown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await File.WriteAllBytesAsync(file, new byte[4_000_000]);
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadHeadAsync();
            await connection.SendReplyAsync(Reply.Status(413));
            await shown.Task.WithinAsync("the answer to be shown");
        });

        Assert.Equal(0, await _command.RunAsync("request", responder.Address, "--body-file", file));

        shown.SetResult();
        Assert.Contains("\nStatus: 413", _command.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_ConnectionClosedEarly_IsAFailure()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("\r\npart");
        });

        Assert.Equal(1, await _command.RunAsync("request", responder.Address));

        AssertShown("part");
        Assert.Equal($"error: The application at {responder.Address} closed the connection before END_REQUEST.\n", _command.Error);
    }

    [Fact]
    public async Task Request_NoFastCgi_IsAFailure()
    {
        await using var responder = ScriptedResponder.Start(async connection => await connection.SendRawAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray()));

        Assert.Equal(1, await _command.RunAsync("request", responder.Address));

        Assert.Contains("is not FastCGI", _command.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_SilentApplication_EndsAtItsTimeout()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.WaitForPeerCloseAsync();
        });

        Assert.Equal(1, await _command.RunAsync("request", responder.Address, "--timeout", "0.05"));

        Assert.Equal($"error: The application at {responder.Address} was not done within 0.05 s (--timeout).\n", _command.Error);
    }

    [Theory]
    [InlineData("ADDRESS", "bogus")]
    [InlineData("--header", "unix:/x", "--header", "no colon")]
    [InlineData("--param", "unix:/x", "--param", "=value")]
    [InlineData("--body-file: there is no file '/none'", "unix:/x", "--body-file", "/none")]
    [InlineData("--timeout", "unix:/x", "--timeout", "0")]
    public async Task Request_WrongCommandLine_SaysWhatIsWrong(string expected, params string[] args)
    {
        Assert.Equal(2, await _command.RunAsync(["request", .. args]));

        Assert.Contains(expected, _command.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--script /var/www/html/index.php", "request", "--help")]
    [InlineData("ping.path", "ping", "--help")]
    public async Task Help_OfACommand_HasItsOwnExamplesOnly(string expected, params string[] args)
    {
        Assert.Equal(0, await _command.RunAsync(args));

        Assert.Contains(expected, _command.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("--config gateway.json", _command.Output, StringComparison.Ordinal);
    }

    private void AssertShown(params string[] lines)
    {
        var shown = _command.Output.Split('\n');
        Assert.All(lines, line => Assert.Contains(shown, other => other.TrimEnd('\r') == line));
    }
}
