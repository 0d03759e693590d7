using DnsClient;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Yarp.FastCgi.Gateway.Discovery;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Yarp.FastCgi.Gateway.Tests.Discovery;

public sealed class SrvDestinationResolverTests : IDisposable
{
    private const string Name = "_fastcgi._tcp.php.example.com";

    private readonly DnsServer _server = new();
    private readonly FakeTimeProvider _time = new();
    private readonly IDestinationResolver _inner = Substitute.For<IDestinationResolver>();

    public void Dispose() => _server.Dispose();

    [Fact]
    public async Task Resolve_SrvName_IsADestinationForEachRecordByPriorityAndWeight()
    {
        _server.Records[Name] = [(20, 5, 9000, "spare.example.com"), (10, 1, 9001, "small.example.com"), (10, 3000, 9002, "large.example.com")];

        var resolved = await ResolveAsync(new DestinationConfig { Address = $"fastcgi://{Name}", Metadata = new Dictionary<string, string> { ["own"] = "kept" } });

        Assert.Equal(["a[large.example.com:9002]", "a[small.example.com:9001]", "a[spare.example.com:9000]"], resolved.Destinations.Keys);
        Assert.Equal(
            ["fastcgi://large.example.com:9002", "fastcgi://small.example.com:9001", "fastcgi://spare.example.com:9000"],
            resolved.Destinations.Values.Select(destination => destination.Address));
        Assert.Equal(["1000", "1", "5"], resolved.Destinations.Values.Select(destination => destination.Metadata!["Weight"]));
        Assert.All(resolved.Destinations.Values, destination => Assert.Equal("kept", destination.Metadata!["own"]));
    }

    [Theory]
    [InlineData("Weight")]
    [InlineData("FastCgi:Weight")]
    public async Task Resolve_DestinationWithAWeight_KeepsIt(string key)
    {
        _server.Records[Name] = [(0, 7, 9000, "one.example.com")];

        var resolved = await ResolveAsync(new DestinationConfig { Address = $"fastcgi://{Name}", Metadata = new Dictionary<string, string> { [key] = "3" } });

        Assert.Equal(KeyValuePair.Create(key, "3"), Assert.Single(Assert.Single(resolved.Destinations).Value.Metadata!));
    }

    [Theory]
    [InlineData($"fastcgi://{Name}:9100", "fastcgi://one.example.com:9100")]
    [InlineData("unix:/run/status.sock", "unix:/run/status.sock")]
    [InlineData("fastcgi://other:9100", "fastcgi://other:9100")]
    [InlineData(null, null)]
    public async Task Resolve_HealthAddress_FollowsTheNameThatItShares(string? health, string? expected)
    {
        _server.Records[Name] = [(0, 0, 9000, "one.example.com")];

        var resolved = await ResolveAsync(new DestinationConfig { Address = $"fastcgi://{Name}", Health = health });

        Assert.Equal(expected, Assert.Single(resolved.Destinations).Value.Health);
    }

    [Fact]
    public async Task Resolve_RefreshPeriodIsOver_AsksForAChange()
    {
        _server.Records[Name] = [(0, 0, 9000, "one.example.com")];
        var resolved = await ResolveAsync(new DestinationConfig { Address = $"fastcgi://{Name}" });

        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(resolved.ChangeToken!.HasChanged);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(resolved.ChangeToken.HasChanged);
    }

    [Theory]
    [InlineData("_fastcgi._tcp.none.example.com", "was not resolved")]
    [InlineData("_fastcgi._tcp.empty.example.com", "has no SRV record")]
    [InlineData("_fastcgi._tcp.closed.example.com", "has no SRV record")]
    public async Task Resolve_NoRecord_SaysWhichDestination(string name, string expected)
    {
        _server.Records["_fastcgi._tcp.empty.example.com"] = [];
        _server.Records["_fastcgi._tcp.closed.example.com"] = [(0, 0, 0, ".")];

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => ResolveAsync(new DestinationConfig { Address = $"fastcgi://{name}" }));

        Assert.StartsWith($"Destination 'a': '{name}' {expected}", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("fastcgi://php:9000")]
    [InlineData("unix:/run/php.sock")]
    [InlineData("http://app:5000")]
    public async Task Resolve_OtherName_IsTheInnerResolvers(string address)
    {
        var destination = new DestinationConfig { Address = address };
        _inner.ResolveDestinationsAsync(Arg.Is<IReadOnlyDictionary<string, DestinationConfig>>(asked => asked["a"] == destination), Arg.Any<CancellationToken>())
            .Returns(new ResolvedDestinationCollection(new Dictionary<string, DestinationConfig> { ["a[10.0.0.1]"] = destination }, changeToken: null));

        var resolved = await ResolveAsync(destination);

        Assert.Equal("a[10.0.0.1]", Assert.Single(resolved.Destinations).Key);
    }

    private async Task<ResolvedDestinationCollection> ResolveAsync(DestinationConfig destination)
    {
        var settings = GatewaySettings.Read(
            new ConfigurationBuilder().AddInMemoryCollection([new("Gateway:DnsRefresh", "00:00:10")]).Build(), new GatewayOptions());
        var dns = new LookupClient(new LookupClientOptions(_server.EndPoint) { UseCache = false, Timeout = TimeSpan.FromSeconds(20), Retries = 0 });
        return await new SrvDestinationResolver(_inner, dns, settings, _time).ResolveDestinationsAsync(new Dictionary<string, DestinationConfig> { ["a"] = destination }, CancellationToken.None);
    }
}
