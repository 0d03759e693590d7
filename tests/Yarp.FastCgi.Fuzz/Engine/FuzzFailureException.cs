namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>Something that must hold for every input does not hold for one.</summary>
/// <param name="rule">What must hold; the same for all inputs, so that it tells one failure from another.</param>
/// <param name="details">What was found instead.</param>
internal sealed class FuzzFailureException(string rule, string details) : Exception(details.Length == 0 ? rule : $"{rule}: {details}")
{
    public string Rule { get; } = rule;
}
