namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>
/// Runs a target on mutations of its inputs. An input that reaches new code becomes one of those that are mutated.
/// </summary>
internal sealed class Fuzzer
{
    private const int MinimizerAttempts = 20_000;

    private readonly FuzzTarget _target;
    private readonly ICoverage _coverage;
    private readonly Random _random;
    private readonly Mutator _mutator;
    private readonly List<byte[]> _seeds = [];

    public Fuzzer(FuzzTarget target, ICoverage coverage, int seed)
    {
        _target = target;
        _coverage = coverage;
        _random = new Random(seed);
        _mutator = new Mutator(_random, target.Tokens, target.MaxLength);
    }

    /// <summary>Inputs run so far.</summary>
    public long Runs { get; private set; }

    /// <summary>Inputs that are mutated.</summary>
    public int Seeds => _seeds.Count;

    public int Reached => _coverage.Reached;

    /// <summary>Told of each input before it is run.</summary>
    public Action<byte[]> OnRun { get; init; } = static _ => { };

    /// <summary>Told of each input that reached something new.</summary>
    public Action<byte[]> OnNew { get; init; } = static _ => { };

    /// <summary>Runs inputs as they are and takes them as seeds.</summary>
    /// <returns>The first that fails; null when none does.</returns>
    public Finding? Replay(IEnumerable<CorpusFile> inputs)
    {
        foreach (var input in inputs)
        {
            if (Try(input.Bytes, out _) is { } failure)
            {
                return Found(input.Bytes, failure);
            }

            _seeds.Add(input.Bytes);
        }

        return null;
    }

    /// <summary>Runs mutations of the seeds.</summary>
    /// <param name="goesOn">Asked before each.</param>
    /// <returns>The first that fails; null when none does.</returns>
    public Finding? Run(Func<bool> goesOn)
    {
        while (goesOn())
        {
            var input = _mutator.Mutate(AnySeed(), AnySeed());
            if (Try(input, out var isNew) is { } failure)
            {
                return Found(input, failure);
            }

            if (isNew)
            {
                _seeds.Add(input);
                OnNew(input);
            }
        }

        return null;
    }

    private Exception? Try(byte[] input, out bool isNew)
    {
        Runs++;
        OnRun(input);
        _coverage.Begin();
        try
        {
            _target.Run(input);
            return null;
        }
        catch (Exception exception)
        {
            return exception;
        }
        finally
        {
            isNew = _coverage.End();
        }
    }

    private Finding Found(byte[] input, Exception failure)
    {
        var kind = Finding.KindOf(failure);
        var smallest = Minimizer.Minimize(input, candidate => Try(candidate, out _) is { } other && Finding.KindOf(other) == kind, MinimizerAttempts);
        return new Finding(smallest, Try(smallest, out _) ?? failure);
    }

    /// <summary>Of two, mostly the shorter: long ones take long.</summary>
    private byte[] AnySeed()
    {
        if (_seeds.Count == 0)
        {
            return [];
        }

        var one = _seeds[_random.Next(_seeds.Count)];
        var other = _seeds[_random.Next(_seeds.Count)];
        return one.Length <= other.Length || _random.Next(8) == 0 ? one : other;
    }
}
