using Microsoft.AspNetCore.Http;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.LoadBalancing;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Tests.LoadBalancing;

/// <summary>A cluster as a load-balancing policy sees it.</summary>
internal sealed class TestCluster : IDisposable
{
    public const string None = "no destination";

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler());

    public TestCluster(IReadOnlyDictionary<string, string>? metadata = null, params (string Id, string? Weight)[] destinations)
    {
        var configs = destinations.ToDictionary(
            destination => destination.Id,
            destination => new DestinationConfig
            {
                Address = "http://localhost",
                Metadata = destination.Weight is null ? null : new Dictionary<string, string> { ["Weight"] = destination.Weight },
            });
        State = new ClusterState("app", new ClusterModel(new ClusterConfig { ClusterId = "app", Metadata = metadata, Destinations = configs }, _client));
        All = [.. configs.Select(destination => new DestinationState(destination.Key, new DestinationModel(destination.Value)))];
    }

    public ClusterState State { get; }

    public IReadOnlyList<DestinationState> All { get; }

    public static TestCluster Of(params string[] ids) => new(null, [.. ids.Select(id => (id, (string?)null))]);

    public IReadOnlyList<DestinationState> Without(string id) => [.. All.Where(destination => destination.DestinationId != id)];

    /// <returns>The destination's id, or <see cref="None"/>.</returns>
    public string Pick(ILoadBalancingPolicy policy, IReadOnlyList<DestinationState>? available = null, HttpContext? context = null)
        => policy.PickDestination(context ?? new DefaultHttpContext(), State, available ?? All)?.DestinationId ?? None;

    public void Dispose() => _client.Dispose();
}
