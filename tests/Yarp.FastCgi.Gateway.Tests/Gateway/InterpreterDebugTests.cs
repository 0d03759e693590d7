using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

public class InterpreterDebugTests
{
    [RequiresProgramTheory(ExternalProgram.Python)]
    [InlineData("true", "as it stands\n")]
    [InlineData("false", "")]
    public async Task Debug_True_OutputGoesToStandardErrorToo(string debug, string expected)
    {
        using var program = new InterpreterProgram(InterpreterProgram.Python);
        using var directory = new TempDirectory();
        directory.WriteFile("appsettings.json", InterpreterConfiguration.Of(program, $""" "Debug": {debug} """));
        using var gateway = await GatewayProcess.StartAsync(directory.Path);
        using var client = new HttpClient { Timeout = TestTimeout.Default };

        await client.GetStringAsync(new Uri(gateway.Url + "/app?print=as it stands"));
        await gateway.StopAsync();

        Assert.Equal(expected, (await gateway.ReadErrorsAsync()).Replace("ready\n", "", StringComparison.Ordinal));
        Assert.Contains("output of the interpreter of cluster 'app', destination 'a', process", await gateway.ReadLogAsync(), StringComparison.Ordinal);
    }
}
