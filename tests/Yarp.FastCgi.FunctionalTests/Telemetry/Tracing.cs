namespace Yarp.FastCgi.FunctionalTests.Telemetry;

/// <summary>Runs alone: activity listeners and the propagator are those of the whole process.</summary>
[CollectionDefinition(nameof(Tracing), DisableParallelization = true)]
public class Tracing;
