namespace Yarp.FastCgi;

/// <summary>When an interpreter is started.</summary>
public enum FastCgiInterpreterStart
{
    /// <summary>With the first request for its destination. The default.</summary>
    OnDemand,

    /// <summary>With the gateway, or when the configuration names it.</summary>
    Eager,
}
