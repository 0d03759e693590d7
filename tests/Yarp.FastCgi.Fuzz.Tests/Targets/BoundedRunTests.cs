using Yarp.FastCgi.Fuzz.Engine;
using Yarp.FastCgi.Fuzz.Targets;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Fuzz.Tests.Targets;

/// <summary>Fuzzing that fits into every test run: all inputs that are checked in, then so many mutations of them, the same each time.</summary>
public class BoundedRunTests
{
    private const int Seed = 1;

    // Never part of what is proved: each input is bounded by steps, and this ends a loop in the code under test itself.
    private static readonly TimeSpan Hung = TimeSpan.FromMinutes(5);

    static BoundedRunTests() => ThrowingTraceListener.Install();

    public static TheoryData<string> Names => [.. FuzzTargets.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_Target_HasItsNameAndCorpus(string name)
    {
        using var target = FuzzTargets.Create(name);

        Assert.Equal(name, target.Name);
        Assert.NotEmpty(Corpus.Load(name));
        Assert.NotEmpty(target.Tokens);
        Assert.All(Corpus.Load(name), file => Assert.InRange(file.Bytes.Length, 0, target.MaxLength));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public Task Replay_Corpus_NothingFails(string name) => AssertNothingFailsAsync(name, mutations: 0);

    [Theory]
    [InlineData("records", 4000)]
    [InlineData("response", 600)]
    [InlineData("head", 4000)]
    [InlineData("chunked", 3000)]
    [InlineData("params", 1000)]
    [InlineData("headers", 2000)]
    [InlineData("path", 1500)]
    [InlineData("location", 4000)]
    [InlineData("files", 3000)]
    [InlineData("static", 4000)]
    public Task Run_Mutations_NothingFails(string name, int mutations) => AssertNothingFailsAsync(name, mutations);

    private static async Task AssertNothingFailsAsync(string name, int mutations)
    {
        using var target = FuzzTargets.Create(name);
        var fuzzer = new Fuzzer(target, new NoCoverage(), Seed);
        var left = mutations;
        var finding = await Task.Run(() => fuzzer.Replay(Corpus.Load(name)) ?? fuzzer.Run(() => left-- > 0)).WithinAsync($"fuzzing '{name}' to end", Hung);

        Assert.True(finding is null, $"{name} fails on {(finding is null ? "" : Check.Show(Check.Latin1(finding.Input)))}: {finding?.Failure}");
        Assert.Equal(Corpus.Load(name).Count + mutations, fuzzer.Runs);
    }
}
