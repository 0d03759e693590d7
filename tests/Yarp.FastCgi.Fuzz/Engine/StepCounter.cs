namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>Bounds how often a loop over an input goes round: what makes no progress ends here, on every machine at the same input.</summary>
internal struct StepCounter(long limit)
{
    private long _steps;

    public void Step()
    {
        if (++_steps > limit)
        {
            throw new FuzzFailureException("The work is bounded by the length of the input", $"more than {limit} steps");
        }
    }
}
