namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>For code that is not instrumented: no input is known to be new, so only those of the corpus are mutated.</summary>
internal sealed class NoCoverage : ICoverage
{
    public int Reached => 0;

    public void Begin()
    {
    }

    public bool End() => false;
}
