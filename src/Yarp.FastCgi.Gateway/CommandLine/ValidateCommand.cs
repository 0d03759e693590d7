using System.CommandLine;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.ReverseProxy;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The command <c>validate</c>: everything that is wrong with a configuration file, without serving it.</summary>
internal sealed class ValidateCommand : Command
{
    private readonly Argument<string> _file = new("file") { HelpName = "FILE", Description = "Configuration file (JSON) with sites or a ReverseProxy section." };

    public ValidateCommand()
        : base("validate", "Check a configuration file. Exit code 0 when it is right; else each error is a line on standard error, and the exit code is 1.")
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
            var state = app.Services.GetRequiredService<IProxyStateLookup>();
            result.InvocationConfiguration.Output.WriteLine($"{file}: {state.GetRoutes().Count()} routes, {state.GetClusters().Count()} clusters, no errors");
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
