using System.Text;
using Yarp.FastCgi.Fuzz.Engine;

namespace Yarp.FastCgi.Fuzz.Tests.Engine;

public class FuzzerTests
{
    private static readonly CorpusFile[] Seeds = [new("a", "hello world"u8.ToArray()), new("b", "0123456789"u8.ToArray())];

    [Fact]
    public void Run_SameSeed_RunsTheSameInputs()
    {
        Assert.Equal(Inputs(seed: 7), Inputs(seed: 7));
        Assert.NotEqual(Inputs(seed: 7), Inputs(seed: 8));
    }

    [Fact]
    public void Run_TargetThatFails_GivesTheSmallestInputThatFailsInTheSameWay()
    {
        using var target = new TestTarget(input =>
            Check.That(!input.Contains("bug", StringComparison.Ordinal), input.Length < 5 ? "Other rule" : "Rule", $"{input.Length} bytes"));
        var fuzzer = new Fuzzer(target, new NoCoverage(), seed: 1);

        var finding = fuzzer.Replay(Seeds) ?? Run(fuzzer, 100_000);

        Assert.Equal("00", Encoding.Latin1.GetString(finding!.Input).Replace("bug", "", StringComparison.Ordinal));
        Assert.Equal("Rule: 5 bytes", finding.Failure.Message);
    }

    [Fact]
    public void Run_TargetThatThrows_IsAFinding()
    {
        using var target = new TestTarget(input => _ = input[100]);

        var finding = new Fuzzer(target, new NoCoverage(), seed: 1).Replay(Seeds);

        Assert.Empty(finding!.Input);
        Assert.IsType<IndexOutOfRangeException>(finding.Failure);
    }

    [Fact]
    public void Run_InputThatReachesNewCode_IsMutatedFurther()
    {
        // Each letter is found by itself only when the input with the letters before it was kept.
        const string Password = "fuzz";
        var reached = 0;
        var coverage = new TestCoverage(() => reached);
        using var target = new TestTarget(input =>
        {
            var matched = Password.TakeWhile((c, i) => i < input.Length && input[i] == c).Count();
            reached = Math.Max(reached, matched);
            Check.That(matched < Password.Length, "Rule");
        });
        var fuzzer = new Fuzzer(target, coverage, seed: 1);

        var finding = fuzzer.Replay([new CorpusFile("empty", [])]) ?? Run(fuzzer, 200_000);

        Assert.Equal(Password, Encoding.Latin1.GetString(finding!.Input));
        Assert.True(fuzzer.Seeds > 1);
    }

    private static Finding? Run(Fuzzer fuzzer, int count) => fuzzer.Run(() => count-- > 0);

    private static List<string> Inputs(int seed)
    {
        var inputs = new List<string>();
        using var target = new TestTarget(inputs.Add);
        var fuzzer = new Fuzzer(target, new NoCoverage(), seed);
        fuzzer.Replay(Seeds);
        Run(fuzzer, 500);
        return inputs;
    }

    private sealed class TestTarget(Action<string> run) : FuzzTarget
    {
        public override string Name => "test";

        public override IReadOnlyList<byte[]> Tokens { get; } = ["b"u8.ToArray(), "u"u8.ToArray(), "g"u8.ToArray(), "f"u8.ToArray(), "z"u8.ToArray()];

        public override void Run(ReadOnlySpan<byte> input) => run(Encoding.Latin1.GetString(input));
    }

    private sealed class TestCoverage(Func<int> reached) : ICoverage
    {
        public int Reached { get; private set; }

        public void Begin()
        {
        }

        public bool End()
        {
            var isNew = reached() > Reached;
            Reached = reached();
            return isNew;
        }
    }
}
