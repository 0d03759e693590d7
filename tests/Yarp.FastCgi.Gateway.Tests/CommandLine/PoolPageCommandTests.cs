using System.Text.Json;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

public sealed class PoolPageCommandTests : IDisposable
{
    private readonly CommandRun _command = new();

    public void Dispose() => _command.Dispose();

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Ping_PhpFpm_Answers()
    {
        await using var fpm = await PhpFpm.StartAsync();

        Assert.Equal(0, await _command.RunAsync("ping", fpm.Address, "--path", fpm.PingPath));

        Assert.Matches(@"^pong \(\d+\.\d ms\)$", _command.Output.TrimEnd());
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Status_PhpFpm_IsShownAsItIs()
    {
        await using var fpm = await PhpFpm.StartAsync();

        Assert.Equal(0, await _command.RunAsync("status", fpm.Address, "--path", fpm.StatusPath + "?json"));

        Assert.Equal("static", JsonDocument.Parse(_command.Output).RootElement.GetProperty("process manager").GetString());
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("ping", "ping.path")]
    [InlineData("status", "pm.status_path")]
    public async Task Page_ThatThePoolDoesNotHave_NamesTheDirective(string command, string directive)
    {
        await using var fpm = await PhpFpm.StartAsync();

        Assert.Equal(1, await _command.RunAsync(command, fpm.Address, "--path", "/none"));

        Assert.Equal($"error: {fpm.Address} answers 404 to /none. Does the pool have this path ({directive})?\n", _command.Error);
    }

    [Fact]
    public async Task Ping_AnswerWithoutAHead_IsAFailure()
    {
        await using var responder = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendStdoutAsync("no head");
            await connection.EndRequestAsync();
        });

        Assert.Equal(1, await _command.RunAsync("ping", responder.Address));

        Assert.Equal($"error: What {responder.Address} answers to /ping has no sound response head.\n", _command.Error);
    }

    [Fact]
    public async Task Ping_NothingListens_SaysSo()
    {
        var address = await ScriptedResponder.UnusedAddressAsync();

        Assert.Equal(1, await _command.RunAsync("ping", address));

        Assert.StartsWith($"error: No connection to {address}: ", _command.Error, StringComparison.Ordinal);
    }
}
