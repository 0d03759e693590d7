using Yarp.ReverseProxy;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The command <c>validate</c>: everything that is wrong with a configuration file.</summary>
internal sealed class ValidateCommand()
    : ConfigurationFileCommand("validate", "Check a configuration file. Exit code 0 when it is right; else each error is a line on standard error, and the exit code is 1.")
{
    protected override string Describe(string file, WebApplication app)
    {
        var state = app.Services.GetRequiredService<IProxyStateLookup>();
        return $"{file}: {state.GetRoutes().Count()} routes, {state.GetClusters().Count()} clusters, no errors";
    }
}
