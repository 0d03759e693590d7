using System.CommandLine;
using Yarp.FastCgi.Fuzz.Targets;

namespace Yarp.FastCgi.Fuzz.CommandLine;

/// <summary>The command line.</summary>
internal sealed class FuzzCommand : RootCommand
{
    private const string AllTargets = "all";

    private readonly Option<string> _target = new("--target")
    {
        Description = "What to fuzz.",
        DefaultValueFactory = static _ => AllTargets,
    };

    private readonly Option<int> _seconds = new("--seconds")
    {
        HelpName = "N",
        Description = "How long each target is fuzzed.",
        DefaultValueFactory = static _ => 60,
    };

    private readonly Option<long> _count = new("--count")
    {
        HelpName = "N",
        Description = "Most mutations for each target.",
        DefaultValueFactory = static _ => long.MaxValue,
    };

    private readonly Option<int> _seed = new("--seed")
    {
        HelpName = "S",
        Description = "Start of the random numbers: the same mutations with the same seed, while coverage does not choose between them.",
        DefaultValueFactory = static _ => Environment.TickCount & int.MaxValue,
    };

    private readonly Option<string?> _input = new("--input")
    {
        HelpName = "FILE",
        Description = "Run this input, or all in this directory, once as they are. Needs --target.",
    };

    private readonly Option<string> _output = new("--output")
    {
        HelpName = "DIR",
        Description = "Where inputs that fail, and those that reach new code, are written; the latter are read again by the next run.",
        DefaultValueFactory = static _ => Path.Combine("artifacts", "fuzz"),
    };

    private readonly Option<bool> _noCoverage = new("--no-coverage")
    {
        Description = "Do not instrument the code: faster, and the same mutations with the same seed, but blind to what they reach.",
    };

    private readonly Option<bool> _afl = new("--afl")
    {
        Description = "Take inputs from afl-fuzz, which has started this program; from standard input, one, without it. Needs --target.",
    };

    /// <param name="run">Runs and returns the exit code.</param>
    public FuzzCommand(Func<FuzzOptions, int> run)
        : base("Fuzzes what faces clients and applications. Exits with 1 when something fails; the input is written then.")
    {
        _target.AcceptOnlyFromAmong([AllTargets, .. FuzzTargets.Names]);
        Options.Add(_target);
        Options.Add(_seconds);
        Options.Add(_count);
        Options.Add(_seed);
        Options.Add(_input);
        Options.Add(_output);
        Options.Add(_noCoverage);
        Options.Add(_afl);
        Validators.Add(result =>
        {
            if (result.GetValue(_input) is { } input && !Path.Exists(input))
            {
                result.AddError($"{_input.Name}: there is no file or directory '{input}'");
            }
            else if (result.GetValue(_input) is not null && (result.GetValue(_target) ?? AllTargets) == AllTargets)
            {
                result.AddError($"{_input.Name} needs the target that the input is for: add {_target.Name} NAME");
            }
            else if (result.GetValue(_afl) && (result.GetValue(_target) ?? AllTargets) == AllTargets)
            {
                result.AddError($"{_afl.Name} needs one target: add {_target.Name} NAME");
            }
            else if (result.GetValue(_afl) && (result.GetValue(_noCoverage) || result.GetValue(_input) is not null))
            {
                result.AddError($"{_afl.Name} takes inputs by their coverage: leave out {_noCoverage.Name} and {_input.Name}");
            }
        });
        SetAction(result => run(Read(result)));
    }

    private FuzzOptions Read(ParseResult result) => new()
    {
        Targets = result.GetValue(_target) is var target && target == AllTargets ? FuzzTargets.Names : [target!],
        Time = TimeSpan.FromSeconds(result.GetValue(_seconds)),
        Count = result.GetValue(_count),
        Seed = result.GetValue(_seed),
        Input = result.GetValue(_input),
        Output = result.GetValue(_output)!,
        Coverage = !result.GetValue(_noCoverage),
        Afl = result.GetValue(_afl),
    };
}
