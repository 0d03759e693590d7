using Yarp.FastCgi.Fuzz.CommandLine;
using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Targets;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Fuzz.Tests;

public sealed class FuzzProgramTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Run_Coverage_KeepsInputsThatReachNewCodeAndTakesThemUpAgain()
    {
        string[] args = ["--target", "head", "--count", "3000", "--seconds", "120", "--seed", "1", "--output", _directory.Path];

        var first = await FuzzProgram.RunAsync(invariantGlobalization: true, args);
        var kept = Directory.GetFiles(_directory.Combine("head")).Length;
        var second = await FuzzProgram.RunAsync(invariantGlobalization: true, args);

        Assert.Equal(ExitCode.Passed, first.ExitCode);
        Assert.Matches(@"head: \d+ inputs, \d+ seeds, [1-9]\d+ branches, passed", first.Output);
        Assert.True(kept > 0, first.Output);
        Assert.Contains($"head: {3000 + Corpus.Load("head").Count + kept} inputs", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Input_IsRunOnceAsItIs()
    {
        var file = _directory.WriteFile("input", "A: b\n\n");

        var run = await FuzzProgram.RunAsync(invariantGlobalization: true, "--target", "head", "--input", file);

        Assert.Equal(ExitCode.Passed, run.ExitCode);
        Assert.Contains("head: 1 inputs, 1 seeds, 0 branches, passed", run.Output, StringComparison.Ordinal);
    }

    // As afl-fuzz starts it, but for the memory in which that counts branches.
    [Fact]
    public async Task Run_Afl_RunsTheInputOnStandardInput()
    {
        var run = await FuzzProgram.RunAsync(invariantGlobalization: true, "A: b\n\n"u8.ToArray(), ["--target", "head", "--afl"]);

        Assert.True(run.ExitCode == ExitCode.Passed, run.Output);
    }

    [Theory]
    [InlineData("--target", "nothing")]
    [InlineData("--input", "/dev/null")]
    [InlineData("--target", "head", "--input", "/no/such/file")]
    [InlineData("--afl")]
    [InlineData("--afl", "--target", "head", "--no-coverage")]
    [InlineData("--afl", "--target", "head", "--input", "/dev/null")]
    public async Task Run_WrongArguments_AreRefused(params string[] args)
        => Assert.Equal(ExitCode.Failed, (await FuzzProgram.RunAsync(invariantGlobalization: true, args)).ExitCode);

    // CVE-2026-45062: where text is compared by a culture, full-width letters and letters with marks are letters of ASCII. Tests run without
    // cultures, applications may run with them.
    [RequiresCulturesFact]
    public async Task Run_CorpusWithCultures_NothingFails()
    {
        foreach (var target in FuzzTargets.Names)
        {
            var run = await FuzzProgram.RunAsync(invariantGlobalization: false, "--target", target, "--input", Path.Combine(Corpus.Directory, target));

            Assert.True(run.ExitCode == ExitCode.Passed, run.Output);
        }
    }
}
