namespace Yarp.FastCgi.Configuration;

/// <summary>Hears of each configuration once it is in force as a whole.</summary>
internal interface IAppliedConfigurationListener
{
    /// <param name="routes">All FastCGI routes.</param>
    void OnApplied(IReadOnlyList<AppliedRoute> routes);
}
