namespace Yarp.FastCgi.Fuzz.Engine;

/// <summary>Tells which inputs reach code that none before has reached.</summary>
internal interface ICoverage
{
    /// <summary>Branches reached so far by all inputs; 0 when they are not counted.</summary>
    int Reached { get; }

    /// <summary>An input is about to be run.</summary>
    void Begin();

    /// <summary>The input was run. Whether it reached anything new.</summary>
    bool End();
}
