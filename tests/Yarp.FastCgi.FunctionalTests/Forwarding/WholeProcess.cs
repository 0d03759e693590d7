namespace Yarp.FastCgi.FunctionalTests.Forwarding;

/// <summary>Runs alone, because these tests look at the descriptors and the memory of the whole process.</summary>
[CollectionDefinition(nameof(WholeProcess), DisableParallelization = true)]
public class WholeProcess;
