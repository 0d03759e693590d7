using System.Diagnostics;
using System.Globalization;
using Yarp.FastCgi.Fuzz.CommandLine;
using Yarp.FastCgi.Fuzz.Coverage;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Targets;

namespace Yarp.FastCgi.Fuzz;

/// <summary>Fuzzes one target after the other and says how it goes.</summary>
internal sealed class FuzzSession(FuzzOptions options, TextWriter output)
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(10);

    /// <summary>Entry point of the instrumented copy of this program.</summary>
    public static int RunInstrumented(string[] args) => new FuzzCommand(options => Run(options, Console.Out)).Parse(args).Invoke();

    public static int Run(FuzzOptions options, TextWriter output)
    {
        ThrowingTraceListener.Install();
        if (options.Afl)
        {
            return FuzzWithAfl(options.Targets[0]);
        }

        var session = new FuzzSession(options, output);
        return options.Targets.All(session.Fuzz) ? ExitCode.Passed : ExitCode.Failed;
    }

    private static int FuzzWithAfl(string name)
    {
        using var target = FuzzTargets.Create(name);
        SharpFuzz.Fuzzer.Run(input =>
        {
            using var bytes = new MemoryStream();
            input.CopyTo(bytes);
            if (bytes.Length <= target.MaxLength)
            {
                target.Run(bytes.ToArray());
            }
        });
        return ExitCode.Passed;
    }

    private bool Fuzz(string name)
    {
        using var target = FuzzTargets.Create(name);
        var findings = Path.Combine(options.Output, "findings");
        var grown = Path.Combine(options.Output, name);
        using var watchdog = new Watchdog(input =>
        {
            output.WriteLine($"{name}: hangs on {Write(findings, name + "-hang-", input)}");
            Environment.Exit(ExitCode.Hung);
        });
        var fuzzer = new Fuzzer(target, options.Coverage && options.Input is null ? new EdgeCoverage() : new NoCoverage(), options.Seed)
        {
            OnRun = watchdog.Begin,
            OnNew = input => Write(grown, "", input),
        };
        var finding = options.Input is { } path
            ? fuzzer.Replay(Directory.Exists(path) ? Corpus.LoadDirectory(path) : [new CorpusFile(path, File.ReadAllBytes(path))])
            : fuzzer.Replay(Corpus.Load(name).Concat(Corpus.LoadDirectory(grown))) ?? Mutate(name, fuzzer);
        if (finding is null)
        {
            Report(name, fuzzer, "passed");
            return true;
        }

        Report(name, fuzzer, $"FAILED on {Write(findings, name + "-", finding.Input)}");
        output.WriteLine($"  {Check.Show(Check.Latin1(finding.Input))}");
        output.WriteLine($"  {finding.Failure}");
        return false;
    }

    private Finding? Mutate(string name, Fuzzer fuzzer)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: seed {options.Seed}"));
        var clock = Stopwatch.StartNew();
        var reported = TimeSpan.Zero;
        var start = fuzzer.Runs;
        return fuzzer.Run(() =>
        {
            if (clock.Elapsed - reported > ReportInterval)
            {
                reported = clock.Elapsed;
                Report(name, fuzzer, string.Create(CultureInfo.InvariantCulture, $"{(fuzzer.Runs - start) / reported.TotalSeconds:0} a second"));
            }

            return clock.Elapsed < options.Time && fuzzer.Runs - start < options.Count;
        });
    }

    private void Report(string name, Fuzzer fuzzer, string outcome)
        => output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {fuzzer.Runs} inputs, {fuzzer.Seeds} seeds, {fuzzer.Reached} branches, {outcome}"));

    /// <summary>Writes an input under a name that tells it from all others.</summary>
    private static string Write(string directory, string prefix, byte[] input)
    {
        Directory.CreateDirectory(directory);
        var path = Path.Combine(directory, prefix + Cuts.Hash(input).ToString("x8", CultureInfo.InvariantCulture));
        File.WriteAllBytes(path, input);
        return path;
    }
}
