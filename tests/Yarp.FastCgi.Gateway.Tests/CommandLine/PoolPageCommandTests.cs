using System.Text.Json;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

public sealed class PoolPageCommandTests : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _output.Dispose();
        _error.Dispose();
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Ping_PhpFpm_Answers()
    {
        await using var fpm = await PhpFpm.StartAsync();

        Assert.Equal(0, await RunAsync("ping", fpm.Address, "--path", fpm.PingPath));

        Assert.Matches(@"^pong \(\d+\.\d ms\)$", _output.ToString().TrimEnd());
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Status_PhpFpm_IsShownAsItIs()
    {
        await using var fpm = await PhpFpm.StartAsync();

        Assert.Equal(0, await RunAsync("status", fpm.Address, "--path", fpm.StatusPath + "?json"));

        Assert.Equal("static", JsonDocument.Parse(_output.ToString()).RootElement.GetProperty("process manager").GetString());
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("ping", "ping.path")]
    [InlineData("status", "pm.status_path")]
    public async Task Page_ThatThePoolDoesNotHave_NamesTheDirective(string command, string directive)
    {
        await using var fpm = await PhpFpm.StartAsync();

        Assert.Equal(1, await RunAsync(command, fpm.Address, "--path", "/none"));

        Assert.Equal($"error: {fpm.Address} answers 404 to /none. Does the pool have this path ({directive})?\n", _error.ToString());
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

        Assert.Equal(1, await RunAsync("ping", responder.Address));

        Assert.Equal($"error: What {responder.Address} answers to /ping has no sound response head.\n", _error.ToString());
    }

    [Fact]
    public async Task Ping_NothingListens_SaysSo()
    {
        var address = await ScriptedResponder.UnusedAddressAsync();

        Assert.Equal(1, await RunAsync("ping", address));

        Assert.StartsWith($"error: No connection to {address}: ", _error.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(params string[] args) => new GatewayCommand((_, _) => throw new InvalidOperationException("Nothing is to be served.")).RunAsync(args, _output, _error);
}
