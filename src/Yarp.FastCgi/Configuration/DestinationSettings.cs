namespace Yarp.FastCgi.Configuration;

/// <summary>The table of the options of a destination: the one place where each is described.</summary>
internal static class DestinationSettings
{
    public static readonly TextListSetting<FastCgiDestinationOptions> Command = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.Command)),
        ElementFormat = TextFormat.Argument,
        Default = [],
        DefaultNote = "none; required",
        NotEmpty = true,
        Get = static options => options.Interpreter?.Command,
        Set = static (options, value) => With(options, interpreter => interpreter with { Command = value }),
        Summary = "The program and its arguments; a single text is split at blanks (see below). It must stay in the foreground.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, bool> PassSocket = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.PassSocket)),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.Interpreter?.PassSocket,
        Set = static (options, value) => With(options, interpreter => interpreter with { PassSocket = value }),
        Summary = "Whether the gateway listens at `Address` and passes the socket to the program as descriptor 0; otherwise the program listens there itself.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, FastCgiInterpreterStart> Start = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.Start)),
        Format = new InterpreterStartFormat(),
        Default = FastCgiInterpreterStart.OnDemand,
        Get = static options => options.Interpreter?.Start,
        Set = static (options, value) => With(options, interpreter => interpreter with { Start = value }),
        Summary = "Whether it is started with the first request for the destination, or with the gateway.",
    };

    public static readonly TextSetting<FastCgiDestinationOptions> WorkingDirectory = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.WorkingDirectory)),
        Format = TextFormat.InterpreterDirectory,
        DefaultNote = "the gateway's, or the root of `Chroot`",
        Get = static options => options.Interpreter?.WorkingDirectory,
        Set = static (options, value) => With(options, interpreter => interpreter with { WorkingDirectory = value }),
        Summary = "The directory that it starts in; with `Chroot`, as seen in there.",
    };

    public static readonly EnvironmentSetting Environment = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.Environment)),
        Get = static options => options.Interpreter?.Environment,
        Set = static (options, values) => With(options, interpreter => interpreter with { Environment = values }),
        Summary = "Environment variables; `$NAME` and `${NAME}` stand for a variable of the gateway, `$$` for a dollar sign.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, bool> InheritEnvironment = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.InheritEnvironment)),
        Format = new BooleanFormat(),
        Default = true,
        DefaultNote = "`true` unless `Environment` is set",
        Get = static options => options.Interpreter?.InheritEnvironment,
        Set = static (options, value) => With(options, interpreter => interpreter with { InheritEnvironment = value }),
        Summary = "Whether it has the gateway's environment variables as well.",
    };

    public static readonly TextSetting<FastCgiDestinationOptions> User = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.User)),
        Format = TextFormat.Account,
        DefaultNote = "the gateway's",
        Get = static options => options.Interpreter?.User,
        Set = static (options, value) => With(options, interpreter => interpreter with { User = value }),
        Summary = "The user that it runs as. The gateway must be root.",
    };

    public static readonly TextSetting<FastCgiDestinationOptions> Group = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.Group)),
        Format = TextFormat.Account,
        DefaultNote = "that of `User`, else the gateway's",
        Get = static options => options.Interpreter?.Group,
        Set = static (options, value) => With(options, interpreter => interpreter with { Group = value }),
        Summary = "The group that it runs with. The gateway must be root.",
    };

    public static readonly TextSetting<FastCgiDestinationOptions> Chroot = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.Chroot)),
        Format = TextFormat.LocalDirectory,
        DefaultNote = "none",
        Get = static options => options.Interpreter?.Chroot,
        Set = static (options, value) => With(options, interpreter => interpreter with { Chroot = value }),
        Summary = "The directory that is the root of its file system. The gateway must be root.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, TimeSpan> StartTimeout = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.StartTimeout)),
        Format = new TimeFormat(),
        Default = TimeSpan.FromSeconds(3),
        Get = static options => options.Interpreter?.StartTimeout,
        Set = static (options, value) => With(options, interpreter => interpreter with { StartTimeout = value }),
        Summary = "How long it may take until it accepts connections, and how long a request waits for that; then 502.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, TimeSpan> StopTimeout = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.StopTimeout)),
        Format = new TimeFormat(),
        Default = TimeSpan.FromSeconds(10),
        Get = static options => options.Interpreter?.StopTimeout,
        Set = static (options, value) => With(options, interpreter => interpreter with { StopTimeout = value }),
        Summary = "How long requests in work may take to end when it is stopped, and how long it may then take to end behind `KillSignal`; then SIGKILL.",
    };

    public static readonly TextSetting<FastCgiDestinationOptions> KillSignal = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.KillSignal)),
        Format = TextFormat.Signal,
        DefaultNote = "`SIGTERM`",
        Get = static options => options.Interpreter?.KillSignal,
        Set = static (options, value) => With(options, interpreter => interpreter with { KillSignal = value }),
        Summary = "The signal that asks it to end.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, int> MaxFailures = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.MaxFailures)),
        Format = new IntegerFormat(1, 1000, "starts"),
        Default = 5,
        Get = static options => options.Interpreter?.MaxFailures,
        Set = static (options, value) => With(options, interpreter => interpreter with { MaxFailures = value }),
        Summary = "How many starts in a row may fail, a crash within a second counting as one, before the destination counts as failed and is tried every 30 seconds only.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, int> Instances = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.Instances)),
        Format = new IntegerFormat(1, 1000, "processes"),
        Default = 1,
        Get = static options => options.Interpreter?.Instances,
        Set = static (options, value) => With(options, interpreter => interpreter with { Instances = value }),
        Summary = "How many processes run at the most; more than one needs `PassSocket`.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, int> MinInstances = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.MinInstances)),
        Format = new IntegerFormat(0, 1000, "processes"),
        Default = 1,
        DefaultNote = "`Instances`",
        Get = static options => options.Interpreter?.MinInstances,
        Set = static (options, value) => With(options, interpreter => interpreter with { MinInstances = value }),
        Summary = "How many processes are kept; more, up to `Instances`, are added while connections wait for one.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, TimeSpan> IdleTimeout = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.IdleTimeout)),
        Format = new TimeFormat(),
        Default = TimeSpan.FromMinutes(1),
        Get = static options => options.Interpreter?.IdleTimeout,
        Set = static (options, value) => With(options, interpreter => interpreter with { IdleTimeout = value }),
        Summary = "How long no request must have been in work before the processes above `MinInstances` are stopped.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, int> MaxRequests = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.MaxRequests)),
        Format = new IntegerFormat(1, 1_000_000_000, "connections"),
        Default = int.MaxValue,
        DefaultNote = "none",
        Get = static options => options.Interpreter?.MaxRequests,
        Set = static (options, value) => With(options, interpreter => interpreter with { MaxRequests = value }),
        Summary = "How many connections a process serves, on the average, before another takes its place.",
    };

    public static readonly ValueSetting<FastCgiDestinationOptions, bool> Debug = new()
    {
        Name = Interpreter(nameof(FastCgiInterpreterOptions.Debug)),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.Interpreter?.Debug,
        Set = static (options, value) => With(options, interpreter => interpreter with { Debug = value }),
        Summary = "Whether its output goes to the gateway's standard error stream too, as it comes.",
    };

    /// <summary>Every option, in the order of the reference.</summary>
    public static readonly IReadOnlyList<FastCgiSetting> All =
    [
        Command,
        PassSocket,
        Start,
        WorkingDirectory,
        Environment,
        InheritEnvironment,
        User,
        Group,
        Chroot,
        StartTimeout,
        StopTimeout,
        KillSignal,
        MaxFailures,
        Instances,
        MinInstances,
        IdleTimeout,
        MaxRequests,
        Debug,
    ];

    private static string Interpreter(string name) => $"{nameof(FastCgiDestinationOptions.Interpreter)}:{name}";

    private static FastCgiDestinationOptions With(FastCgiDestinationOptions options, Func<FastCgiInterpreterOptions, FastCgiInterpreterOptions> change)
        => options with { Interpreter = change(options.Interpreter ?? new()) };
}
