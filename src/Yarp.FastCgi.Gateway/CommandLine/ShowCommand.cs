using System.CommandLine;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The command <c>show</c>: the configuration that is in effect, with presets and environment variables in it and secrets taken out.</summary>
internal sealed class ShowCommand : Command
{
    private readonly Argument<string> _file = new("file") { HelpName = "FILE", Description = "Configuration file (JSON) with sites or a ReverseProxy section." };

    public ShowCommand()
        : base("show", "Show the configuration in effect as JSON: presets, environment variables and what sites become, secrets redacted. Errors as with validate.")
    {
        _file.Validators.Add(static result =>
        {
            if (!File.Exists(result.GetValueOrDefault<string>()))
            {
                result.AddError($"there is no file '{result.Tokens[0].Value}'");
            }
        });
        Arguments.Add(_file);
        SetAction((result, cancellationToken) => RunAsync(result));
    }

    private async Task<int> RunAsync(ParseResult result)
    {
        var file = Path.GetFullPath(result.GetValue(_file)!);
        try
        {
            await using var app = GatewayApplication.Build(new GatewayOptions { ConfigFile = file });
            result.InvocationConfiguration.Output.WriteLine(ExpandedConfiguration.ToJson(app.Configuration));
            return ExitCode.Success;
        }
        catch (Exception exception) when (StartupErrors.Describe(exception) is { Count: > 0 } errors)
        {
            foreach (var error in errors)
            {
                result.InvocationConfiguration.Error.WriteLine($"{file}: error: {error}");
            }

            return ExitCode.Failure;
        }
    }
}
