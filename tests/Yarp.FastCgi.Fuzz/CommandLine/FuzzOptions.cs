namespace Yarp.FastCgi.Fuzz.CommandLine;

/// <summary>What the command line asks for.</summary>
internal sealed record FuzzOptions
{
    /// <summary>Names of the targets.</summary>
    public required IReadOnlyList<string> Targets { get; init; }

    /// <summary>For each target.</summary>
    public required TimeSpan Time { get; init; }

    /// <summary>Mutations for each target; then it ends before its time.</summary>
    public required long Count { get; init; }

    public required int Seed { get; init; }

    /// <summary>A file or a directory of inputs to run once, and nothing else.</summary>
    public string? Input { get; init; }

    /// <summary>Where inputs that fail, and those that reach new code, are written.</summary>
    public required string Output { get; init; }

    public required bool Coverage { get; init; }

    /// <summary>Whether afl-fuzz makes the inputs and counts the branches. It has started this program then.</summary>
    public required bool Afl { get; init; }
}
