using System.Diagnostics.Metrics;
using Yarp.FastCgi.Gateway.AccessLog;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>What the cache tells of itself.</summary>
internal sealed class CacheMetrics
{
    private readonly Counter<long> _requests;
    private readonly Counter<long> _refreshes;
    private readonly Counter<long> _storeFailures;

    public CacheMetrics(IMeterFactory factory)
    {
        var meter = factory.Create(AccessLogMetrics.MeterName);
        _requests = meter.CreateCounter<long>("gateway.cache.requests", "{request}", "Requests on routes with an output cache policy, by how the cache answered.");
        _refreshes = meter.CreateCounter<long>("gateway.cache.refreshes", "{request}", "Responses that were fetched anew while the old ones were served.");
        _storeFailures = meter.CreateCounter<long>("gateway.cache.store_failures", "{operation}", "Operations of the store of cached responses that failed.");
    }

    public void OnRequest(string route, string status) => _requests.Add(1, new("fastcgi.route.id", route), new KeyValuePair<string, object?>("gateway.cache.status", status));

    public void OnRefresh(string route, bool succeeded)
        => _refreshes.Add(1, new("fastcgi.route.id", route), new KeyValuePair<string, object?>("gateway.cache.outcome", succeeded ? "stored" : "not_stored"));

    public void OnStoreFailure(string operation) => _storeFailures.Add(1, new KeyValuePair<string, object?>("gateway.cache.operation", operation));
}
