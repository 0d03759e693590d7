using System.Diagnostics;
using OpenTelemetry;

namespace Yarp.FastCgi.Gateway.Telemetry;

/// <summary>Keeps YARP's health probes out of the traces: one every few seconds for each destination is no news.</summary>
internal sealed class ProbeFilter : BaseProcessor<Activity>
{
    public override void OnStart(Activity data)
    {
        if (data.OperationName is "proxy.cluster_health_checks" or "proxy.destination_health_check")
        {
            data.IsAllDataRequested = false;
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
