namespace Yarp.FastCgi.Client.Tests.Connections;

/// <summary>
/// For tests to which the moment matters at which a socket is closed: a process that another test starts holds a copy of every
/// descriptor from its fork to its exec, so these tests run alone.
/// </summary>
[CollectionDefinition(nameof(WithoutNewProcesses), DisableParallelization = true)]
public class WithoutNewProcesses;
