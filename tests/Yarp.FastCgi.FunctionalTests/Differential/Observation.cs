namespace Yarp.FastCgi.FunctionalTests.Differential;

/// <summary>What became of one request through one of the servers, aspect by aspect.</summary>
internal sealed class Observation
{
    /// <summary>The aspect that says what kind of outcome it was; outcomes of different kinds are not compared any further.</summary>
    public const string Answer = "answer";

    private readonly SortedDictionary<string, string> _aspects = new(StringComparer.Ordinal);

    public Observation(string answer) => _aspects[Answer] = answer;

    /// <summary>The value of an aspect, and a dash for what is not there.</summary>
    public string this[string aspect]
    {
        get => _aspects.GetValueOrDefault(aspect, "–");
        set => _aspects[aspect] = value;
    }

    /// <summary>The aspects in which the two differ.</summary>
    public IEnumerable<string> DifferFrom(Observation other)
        => this[Answer] != other[Answer] ? [Answer] : _aspects.Keys.Union(other._aspects.Keys).Where(aspect => this[aspect] != other[aspect]);

    public override string ToString() => string.Join("; ", _aspects.Select(aspect => $"{aspect.Key}: {aspect.Value}"));
}
