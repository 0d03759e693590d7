using System.Net.Sockets;
using System.Text;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Client.Tests.Testing;

public class PhpProgramsTests
{
    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task PhpFpm_StoppedAndStarted_AnswersAtTheSameAddress()
    {
        await using var fpm = await PhpFpm.StartAsync();
        var script = fpm.Files.Write("index.php", "<?= 'Hello from ', PHP_SAPI;");

        Assert.Contains("Hello from fpm-fcgi", await AskAsync(fpm.Address, script), StringComparison.Ordinal);
        await fpm.StopAsync();
        await Assert.ThrowsAsync<SocketException>(() => AskAsync(fpm.Address, script));
        await fpm.StartProcessAsync();
        Assert.Contains("Hello from fpm-fcgi", await AskAsync(fpm.Address, script), StringComparison.Ordinal);
    }

    [RequiresProgramFact(ExternalProgram.PhpCgi)]
    public async Task PhpCgi_Request_IsAnswered()
    {
        await using var cgi = await PhpCgi.StartAsync();
        var script = cgi.Files.Write("index.php", "<?= 'Hello from ', PHP_SAPI;");

        Assert.Contains("Hello from cgi-fcgi", await AskAsync(cgi.Address, script), StringComparison.Ordinal);
    }

    [Fact]
    public void SkipReason_MissingProgram_IsGivenOutsideOfBuildServersOnly()
    {
        var reason = ExternalProgram.SkipReason("no-such-program");

        Assert.Equal(Environment.GetEnvironmentVariable("CI") != "true", reason is not null);
    }

    private static async Task<string> AskAsync(string address, string script)
    {
        using var client = new TestSocket(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
        await client.Socket.ConnectAsync(new UnixDomainSocketEndPoint(address["unix:".Length..]));
        await client.SendAsync(Wire.Join(
            Wire.BeginRequest(),
            Wire.Params(("SCRIPT_FILENAME", script), ("REQUEST_METHOD", "GET"), ("REDIRECT_STATUS", "200")),
            Wire.Params(),
            Wire.Record(WireRecordType.Stdin, "")));
        client.ShutdownSend();
        return Encoding.UTF8.GetString((await client.ReadToEndAsync()).Bytes);
    }
}
