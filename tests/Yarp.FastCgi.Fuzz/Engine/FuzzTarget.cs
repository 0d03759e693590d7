namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>One thing under test: takes any bytes, and throws when something does not hold that must hold for all of them.</summary>
internal abstract class FuzzTarget : IDisposable
{
    /// <summary>On the command line, and the name of the corpus directory.</summary>
    public abstract string Name { get; }

    /// <summary>Longest input that is tried, in bytes.</summary>
    public virtual int MaxLength => 4096;

    /// <summary>Pieces of input that mean something, for the mutations to put in.</summary>
    public abstract IReadOnlyList<byte[]> Tokens { get; }

    /// <exception cref="FuzzFailureException">A check failed; any other exception is a failure as well.</exception>
    public abstract void Run(ReadOnlySpan<byte> input);

    public virtual void Dispose()
    {
    }
}
