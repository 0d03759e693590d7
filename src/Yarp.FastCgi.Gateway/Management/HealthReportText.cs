using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Yarp.FastCgi.Gateway.Management;

/// <summary>A health report as text: the status, and a line for each check that has something to say.</summary>
internal static class HealthReportText
{
    public static Task WriteAsync(HttpContext context, HealthReport report)
    {
        var text = new StringBuilder().Append(report.Status).Append('\n');
        foreach (var (name, entry) in report.Entries)
        {
            if (entry.Status != HealthStatus.Healthy)
            {
                text.Append(name).Append(": ").Append(entry.Description ?? entry.Exception?.Message).Append('\n');
            }
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text.ToString());
    }
}
