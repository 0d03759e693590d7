using System.Globalization;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Gateway;

/// <summary>What becomes of the programs that a gateway runs when the gateway ends.</summary>
public class InterpreterEndTests
{
    [RequiresProgramTheory(ExternalProgram.Interpreters)]
    [MemberData(nameof(InterpreterProgram.All), MemberType = typeof(InterpreterProgram))]
    public async Task Kill_OfTheGateway_LeavesNoProcess(string name)
    {
        using var program = new InterpreterProgram(name);
        using var directory = new TempDirectory();
        directory.WriteFile("appsettings.json", InterpreterConfiguration.Of(program));
        using var gateway = await GatewayProcess.StartAsync(directory.Path);
        var group = await AskForGroupAsync(gateway);
        Assert.NotEmpty(ProcessGroups.Running(group));

        gateway.Kill();

        await ProcessGroups.WaitForEndAsync(group);
    }

    [RequiresProgramTheory(ExternalProgram.Interpreters)]
    [MemberData(nameof(InterpreterProgram.All), MemberType = typeof(InterpreterProgram))]
    public async Task Stop_OfTheGateway_LeavesNoProcess(string name)
    {
        using var program = new InterpreterProgram(name);
        using var directory = new TempDirectory();
        directory.WriteFile("appsettings.json", InterpreterConfiguration.Of(program));
        using var gateway = await GatewayProcess.StartAsync(directory.Path);
        var group = await AskForGroupAsync(gateway);

        Assert.Equal(0, await gateway.StopAsync());

        Assert.Empty(ProcessGroups.Running(group));
    }

    private static async Task<int> AskForGroupAsync(GatewayProcess gateway)
    {
        using var client = new HttpClient { Timeout = TestTimeout.Default };
        var answer = await client.GetStringAsync(new Uri(gateway.Url + "/app?hello"));
        return ProcessGroups.Of(int.Parse(answer.Split(' ')[0], CultureInfo.InvariantCulture));
    }
}
