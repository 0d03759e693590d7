using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The command <c>show</c>: the configuration that is in effect, with presets and environment variables in it and secrets taken out.</summary>
internal sealed class ShowCommand()
    : ConfigurationFileCommand("show", "Show the configuration in effect as JSON: presets, environment variables and what sites become, secrets redacted. Errors as with validate.")
{
    protected override string Describe(string file, WebApplication app) => ExpandedConfiguration.ToJson(app.Configuration);
}
