namespace Yarp.FastCgi.Deploy.Tests.Compose;

/// <summary>A compose file, as far as the one here uses it: what is not here fails to parse.</summary>
public sealed class ComposeFile
{
    public string Name { get; set; } = "";

    public Dictionary<string, ComposeService> Services { get; set; } = [];

    public Dictionary<string, ComposeVolume> Volumes { get; set; } = [];
}

public sealed class ComposeService
{
    public string Image { get; set; } = "";

    public List<string> Command { get; set; } = [];

    public string? User { get; set; }

    public bool ReadOnly { get; set; }

    public List<string> CapDrop { get; set; } = [];

    public List<string> SecurityOpt { get; set; } = [];

    public string? StopSignal { get; set; }

    public string? StopGracePeriod { get; set; }

    public string? Restart { get; set; }

    public List<string> Tmpfs { get; set; } = [];

    public List<string> Ports { get; set; } = [];

    public Dictionary<string, string> Environment { get; set; } = [];

    public List<string> Volumes { get; set; } = [];

    public ComposeHealthCheck? Healthcheck { get; set; }

    public Dictionary<string, ComposeDependency> DependsOn { get; set; } = [];
}

public sealed class ComposeDependency
{
    public string? Condition { get; set; }
}

public sealed class ComposeHealthCheck
{
    public List<string> Test { get; set; } = [];

    public string? Interval { get; set; }

    public string? Timeout { get; set; }

    public int Retries { get; set; }
}

public sealed class ComposeVolume
{
    public Dictionary<string, string> DriverOpts { get; set; } = [];
}
