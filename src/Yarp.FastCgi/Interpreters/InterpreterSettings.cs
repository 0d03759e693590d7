using Yarp.FastCgi.Client;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Interpreters;

/// <summary>One interpreter with every default applied. The documented meaning of each stands at <see cref="FastCgiInterpreterOptions"/>.</summary>
internal sealed record InterpreterSettings
{
    public required FastCgiEndpoint Endpoint { get; init; }

    /// <summary>The program and its arguments.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    public required bool PassSocket { get; init; }

    public required bool IsEager { get; init; }

    public required string? WorkingDirectory { get; init; }

    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    public required bool InheritEnvironment { get; init; }

    public required string? User { get; init; }

    public required string? Group { get; init; }

    public required string? Chroot { get; init; }

    public required TimeSpan StartTimeout { get; init; }

    public required TimeSpan StopTimeout { get; init; }

    public required int KillSignal { get; init; }

    public required int MaxFailures { get; init; }

    public required int MinInstances { get; init; }

    public required int MaxInstances { get; init; }

    public required TimeSpan IdleTimeout { get; init; }

    public required int MaxRequests { get; init; }

    public required bool Debug { get; init; }

    /// <summary>The options are taken to be validated.</summary>
    public static InterpreterSettings Resolve(FastCgiDestinationOptions options, FastCgiEndpoint endpoint)
    {
        var interpreter = options.Interpreter!;
        _ = CommandText.TryRead(interpreter.Command!, out var arguments, out _);
        _ = Signals.TryGetNumber(interpreter.KillSignal ?? Signals.Names[0], out var killSignal);
        var environment = DestinationSettings.Environment.Resolve(options);
        var instances = DestinationSettings.Instances.Resolve(options);
        return new InterpreterSettings
        {
            Endpoint = endpoint,
            Arguments = arguments!,
            PassSocket = DestinationSettings.PassSocket.Resolve(options),
            IsEager = DestinationSettings.Start.Resolve(options) == FastCgiInterpreterStart.Eager,
            WorkingDirectory = interpreter.WorkingDirectory,
            Environment = environment,
            InheritEnvironment = interpreter.InheritEnvironment ?? environment.Count == 0,
            User = interpreter.User,
            Group = interpreter.Group,
            Chroot = interpreter.Chroot,
            StartTimeout = DestinationSettings.StartTimeout.Resolve(options),
            StopTimeout = DestinationSettings.StopTimeout.Resolve(options),
            KillSignal = killSignal,
            MaxFailures = DestinationSettings.MaxFailures.Resolve(options),
            MinInstances = interpreter.MinInstances ?? instances,
            MaxInstances = instances,
            IdleTimeout = DestinationSettings.IdleTimeout.Resolve(options),
            MaxRequests = DestinationSettings.MaxRequests.Resolve(options),
            Debug = DestinationSettings.Debug.Resolve(options),
        };
    }

    /// <summary>Whether a program that runs with these settings need not be restarted for the others.</summary>
    public bool IsSame(InterpreterSettings other)
        => this with { Arguments = other.Arguments, Environment = other.Environment } == other
            && Arguments.SequenceEqual(other.Arguments)
            && Environment.Count == other.Environment.Count
            && Environment.All(pair => other.Environment.TryGetValue(pair.Key, out var value) && value == pair.Value);
}
