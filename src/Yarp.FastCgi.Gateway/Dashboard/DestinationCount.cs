namespace Yarp.FastCgi.Gateway.Dashboard;

/// <summary>Attempts at one destination in one second.</summary>
internal sealed record DestinationCount
{
    public long Requests { get; set; }

    public long Failed { get; set; }
}
