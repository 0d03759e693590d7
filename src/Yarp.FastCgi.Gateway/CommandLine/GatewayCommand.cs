using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Gateway.Sites;

namespace Yarp.FastCgi.Gateway.CommandLine;

/// <summary>The command line: <c>run</c>, which is also what happens when no command is named, and the commands that serve nothing.</summary>
internal sealed class GatewayCommand : RootCommand
{
    private static readonly Option<string?> RootOption = new("--root")
    {
        HelpName = "DIR",
        Description = "Directory of scripts and static files to serve. Needs --app or --interpreter.",
    };

    private static readonly Option<string?> AppOption = new("--app")
    {
        HelpName = "ADDRESS",
        Description = "The FastCGI application: unix:/run/php/php-fpm.sock or fastcgi://host:9000. Without --root it gets every path and no file is looked up.",
    };

    private static readonly Option<string?> PresetOption = CreatePreset();

    private static readonly Option<string?> InterpreterOption = new("--interpreter")
    {
        HelpName = "COMMAND",
        Description = "The program that is the application, started and watched by the gateway: 'php-cgi -b {address}'. {address} stands for --app, or for a private socket without it; a command without {address} gets its socket as descriptor 0.",
    };

    private static readonly Option<string[]> ListenOption = new("--listen")
    {
        HelpName = "URL",
        Description = "Address to listen on; repeat it for more. http:// is HTTP/1.1, h2c:// is HTTP/2 by prior knowledge, https:// is both, and HTTP/3 where the machine has QUIC; unix:/PATH is a unix socket. Default: http://localhost:8080 and h2c://localhost:8081.",
    };

    private static readonly Option<string?> ManagementOption = new("--management")
    {
        HelpName = "URL",
        Arity = ArgumentArity.ZeroOrOne,
        Description = "Address of the dashboard, /healthz, /readyz, /metrics and /config, apart from what the world sees; http://127.0.0.1:9180 when no URL follows. Default: none.",
    };

    private static readonly Option<string?> ConfigOption = new("--config")
    {
        HelpName = "FILE",
        Description = "Configuration file (JSON) with sites or a ReverseProxy section, read instead of appsettings.json and again whenever it changes.",
    };

    /// <param name="run">Runs the gateway and returns the exit code.</param>
    public GatewayCommand(Func<GatewayOptions, CancellationToken, Task<int>> run)
        : base("FastCGI gateway: serves PHP-FPM and every other FastCGI application over HTTP.")
    {
        var runCommand = new Command("run", "Run the gateway. The default when no command is named.");
        Subcommands.Add(runCommand);
        Subcommands.Add(new ValidateCommand());
        Subcommands.Add(new ShowCommand());
        Subcommands.Add(new PresetsCommand());
        Subcommands.Add(new ImportCommand());
        Subcommands.Add(new CompletionCommand());
        Subcommands.Add(new RequestCommand());
        Subcommands.Add(PoolPageCommand.CreatePing());
        Subcommands.Add(PoolPageCommand.CreateStatus());
        Subcommands.Add(new HealthCommand());
        MakeRunnable(this, run);
        MakeRunnable(runCommand, run);
        foreach (var option in Options)
        {
            if (option is HelpOption { Action: HelpAction help })
            {
                option.Action = new HelpWithExamples(help);
            }
        }
    }

    /// <summary>Parses and runs.</summary>
    /// <returns>The exit code; see <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error, CancellationToken stop = default)
    {
        var result = Parse(args);
        if (result.Action is ParseErrorAction)
        {
            return Refuse(error, result.Errors.Select(parseError => parseError.Message));
        }

        var invocation = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            // The host handles signals itself, and an unforeseen exception should look like one.
            ProcessTerminationTimeout = null,
            EnableDefaultExceptionHandler = false,
        };
        return await result.InvokeAsync(invocation, stop);
    }

    private static void MakeRunnable(Command command, Func<GatewayOptions, CancellationToken, Task<int>> run)
    {
        command.Options.Add(RootOption);
        command.Options.Add(AppOption);
        command.Options.Add(PresetOption);
        command.Options.Add(InterpreterOption);
        command.Options.Add(ListenOption);
        command.Options.Add(ManagementOption);
        command.Options.Add(ConfigOption);
        command.SetAction((result, stop) =>
        {
            var errors = new List<string>();
            var options = Read(result, errors);
            return errors.Count > 0
                ? Task.FromResult(Refuse(result.InvocationConfiguration.Error, errors))
                : run(options, stop);
        });
    }

    private static int Refuse(TextWriter error, IEnumerable<string> messages)
    {
        foreach (var message in messages)
        {
            error.WriteLine($"error: {message}");
        }

        error.WriteLine("See --help.");
        return ExitCode.Usage;
    }

    private static Option<string?> CreatePreset()
    {
        var option = new Option<string?>("--preset")
        {
            HelpName = "PRESET",
            Description = "What is set for the application: wordpress, laravel, django and others (see the command presets), or the path of a file of your own. Default: php with --root, else none.",
        };
        option.CompletionSources.Add(static _ => PresetCatalog.Names.Select(static name => new CompletionItem(name)));
        return option;
    }

    private static GatewayOptions Read(ParseResult result, List<string> errors)
    {
        var root = result.GetValue(RootOption);
        var appAddress = result.GetValue(AppOption);
        var config = result.GetValue(ConfigOption);

        var preset = result.GetValue(PresetOption);
        var interpreter = result.GetValue(InterpreterOption);
        if (config is not null && (root ?? appAddress ?? interpreter ?? preset) is not null)
        {
            var other = root is not null ? RootOption : appAddress is not null ? AppOption : interpreter is not null ? InterpreterOption : PresetOption;
            errors.Add($"{ConfigOption.Name} cannot be combined with {other.Name}: the configuration file names the applications itself");
        }
        else if (root is not null && appAddress is null && interpreter is null)
        {
            errors.Add($"{RootOption.Name} needs the application that runs its scripts: add {AppOption.Name} ADDRESS, for example {AppOption.Name} unix:/run/php/php-fpm.sock, or {InterpreterOption.Name} COMMAND to have it started");
        }
        else if (preset is not null && appAddress is null && interpreter is null)
        {
            errors.Add($"{PresetOption.Name} needs an application: add {AppOption.Name} ADDRESS or {InterpreterOption.Name} COMMAND");
        }

        if (preset is not null && PresetCatalog.IsFile(preset))
        {
            preset = Path.GetFullPath(preset);
        }

        if (preset is not null && !PresetCatalog.TryRead(preset, out _, out var presetError))
        {
            errors.Add($"{PresetOption.Name}: {presetError}");
        }

        if (root is not null && !Directory.Exists(root))
        {
            errors.Add($"{RootOption.Name}: there is no directory '{root}'");
        }

        if (config is not null && !File.Exists(config))
        {
            errors.Add($"{ConfigOption.Name}: there is no file '{config}'");
        }

        FastCgiEndpoint? app = null;
        if (appAddress is not null && !FastCgiEndpoint.TryParse(appAddress, out app, out var appError))
        {
            errors.Add($"{AppOption.Name}: {appError}");
        }

        var listen = new List<ListenAddress>();
        foreach (var url in result.GetValue(ListenOption) ?? [])
        {
            if (ListenAddress.TryParse(url, out var address, out var listenError))
            {
                listen.Add(address);
            }
            else
            {
                errors.Add($"{ListenOption.Name}: {listenError}");
            }
        }

        ListenAddress? management = null;
        var managementUrl = result.GetValue(ManagementOption) ?? (result.GetResult(ManagementOption) is null ? null : ListenAddress.DefaultManagement);
        if (managementUrl is not null && !ListenAddress.TryParseManagement(managementUrl, out management, out var managementError))
        {
            errors.Add($"{ManagementOption.Name}: {managementError}");
        }

        return new GatewayOptions
        {
            Root = root is null ? null : Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)),
            App = app,
            Preset = preset,
            Interpreter = interpreter,
            ConfigFile = config is null ? null : Path.GetFullPath(config),
            Listen = listen,
            Management = management,
        };
    }
}
