using System.CommandLine;
using Yarp.FastCgi.Gateway.Hosting;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>A command that looks at a configuration file without serving it. Each error is a line on standard error, and the exit code is 1 then.</summary>
internal abstract class ConfigurationFileCommand : Command
{
    private readonly Argument<string> _file = new("file") { HelpName = "FILE", Description = "Configuration file (JSON) with sites or a ReverseProxy section." };

    protected ConfigurationFileCommand(string name, string description)
        : base(name, description)
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

    /// <summary>What the command says of a file without errors.</summary>
    protected abstract string Describe(string file, WebApplication app);

    private async Task<int> RunAsync(ParseResult result)
    {
        var file = Path.GetFullPath(result.GetValue(_file)!);
        try
        {
            await using var app = GatewayApplication.Build(new GatewayOptions { ConfigFile = file, LooksUpHosts = false });
            result.InvocationConfiguration.Output.WriteLine(Describe(file, app));
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
