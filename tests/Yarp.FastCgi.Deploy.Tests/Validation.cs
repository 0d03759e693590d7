using System.Globalization;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Deploy.Tests;

/// <summary>What the programs themselves say of configuration that is shipped.</summary>
internal static class Validation
{
    // Nobody: php-fpm that is root wants the user of its workers, in a container it is none.
    private const int UnprivilegedUser = 65534;

    /// <summary>The gateway's <c>validate</c>.</summary>
    public static async Task GatewayAcceptsAsync(string file)
    {
        var run = await ProgramRun.StartAsync("dotnet", [Path.Combine(AppContext.BaseDirectory, "Yarp.FastCgi.Gateway.dll"), "validate", file]);
        Assert.EndsWith("1 clusters, no errors\n", run.Succeeded().Replace("2 clusters", "1 clusters", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    /// <summary><c>php-fpm -t</c>, as the user of a container.</summary>
    public static async Task PhpFpmAcceptsAsync(TempDirectory directory, string configuration)
    {
        // Only the runtime of a container gives its user what /proc/self/fd/2 is.
        var file = directory.WriteFile("php-fpm.conf", configuration.Replace("/proc/self/fd/2", "/dev/null", StringComparison.Ordinal));
        string[] command = [ExternalProgram.Find(ExternalProgram.PhpFpm)!, "-t", "-y", file];
        string[] unprivileged = Environment.IsPrivilegedProcess
            ? ["setpriv", string.Create(CultureInfo.InvariantCulture, $"--reuid={UnprivilegedUser}"), string.Create(CultureInfo.InvariantCulture, $"--regid={UnprivilegedUser}"), "--clear-groups"]
            : ["env"];
        var run = await ProgramRun.StartAsync(unprivileged[0], [.. unprivileged[1..], .. command]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.DoesNotContain("WARNING", run.Error, StringComparison.Ordinal);
    }
}
