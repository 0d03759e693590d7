namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>An input for which something does not hold.</summary>
/// <param name="Input">The input, made as small as possible.</param>
/// <param name="Failure">What was thrown for it.</param>
internal sealed record Finding(byte[] Input, Exception Failure)
{
    /// <summary>Tells one kind of failure from another.</summary>
    public static string KindOf(Exception failure) => failure is FuzzFailureException { Rule: var rule } ? rule : failure.GetType().FullName!;
}
