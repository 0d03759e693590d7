using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Retries;

/// <summary>Where a request goes whose attempt failed.</summary>
internal static class NextDestination
{
    /// <summary>Picks another destination than those that failed, if the cluster's retries allow it.</summary>
    /// <param name="target">Where the request went last.</param>
    /// <param name="site">The same, for messages.</param>
    /// <param name="failed">The destinations that failed before; the last one is added.</param>
    /// <param name="cause">What the attempt failed with.</param>
    /// <param name="failure">What was thrown; null for an answer that is to be replaced.</param>
    /// <param name="attempts">How many attempts there were.</param>
    /// <param name="logger">Told where the request goes, or why it goes nowhere.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null when there is none.</returns>
    public static async ValueTask<DestinationState?> PickAsync(
        ForwardingTarget target, RequestSite site, List<DestinationState> failed, RetryCause cause, FastCgiException? failure, int attempts, ILogger logger, CancellationToken cancellationToken)
    {
        if (target.Others is not { } others || site.Context is not { } context)
        {
            return null;
        }

        failed.Add(context.GetReverseProxyFeature().ProxiedDestination!);
        var next = await others.PickAsync(context, failed, cancellationToken).ConfigureAwait(false);
        if (next is null)
        {
            return null;
        }

        if (!target.Retries.TrySpend(cause))
        {
            Log.RetryBudgetSpent(site.Scoped(logger), RetryCauses.GetWord(cause), site.ToString());
            return null;
        }

        Log.Retry(site.Scoped(logger), RetryCauses.GetWord(cause), site.ToString(), next.DestinationId, attempts + 1, target.Retries.MaxAttempts, failure?.Message);
        return next;
    }
}
