using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NSubstitute;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Transport;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Tests.Transport;

/// <summary>YARP calls the factory for every cluster at every load, whatever has changed, and compares settings its own way.</summary>
public sealed class FastCgiClientFactoryTests : IDisposable
{
    private readonly IForwarderHttpClientFactory _inner = Substitute.For<IForwarderHttpClientFactory>();
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler());
    private readonly IMeterFactory _meters = Substitute.For<IMeterFactory>();
    private readonly Meter _meter = new("Yarp.FastCgi");
    private readonly FastCgiClientFactory _factory;

    public FastCgiClientFactoryTests()
    {
        _meters.Create(Arg.Any<MeterOptions>()).Returns(_meter);
        _inner.CreateClient(Arg.Any<ForwarderHttpClientContext>()).Returns(_http);
        _factory = new FastCgiClientFactory(
            _inner, new RequestHeaderEncoding(Options.Create(new KestrelServerOptions())), new NoGates(), TimeProvider.System, new FastCgiMetrics(_meters), new FastCgiExchanges(TimeProvider.System, new FastCgiMetrics(_meters), new StderrLogs(NullLoggerFactory.Instance, TimeProvider.System), NullLogger<FastCgiForwarder>.Instance), NullLogger<FastCgiClientFactory>.Instance);
    }

    [Fact]
    public void CreateClient_NothingChanged_IsTheSameClient()
    {
        var client = Create(Metadata());

        Assert.Same(client, Create(Metadata(), client, Metadata()));
    }

    [Theory]
    [InlineData("FastCgi:DocumentRoot", "/srv/b", true)]
    [InlineData("FastCgi:ProbeBody", "pong", true)]
    [InlineData("FastCgi:Retries:MaxAttempts", "1", true)]
    [InlineData("FastCgi:Params:X", "y", true)]
    [InlineData("IpHash.IPv4PrefixLength", "24", true)]
    [InlineData("FastCgi:MaxConnections", "8", false)]
    [InlineData("FastCgi:KeepAlive", "true", false)]
    public void CreateClient_OnlyMetadataChanged_IsAnotherClientThatKeepsItsConnectionsUnlessTheyAreMeant(string key, string value, bool keepsConnections)
    {
        var client = Create(Metadata());

        var changed = Create(Metadata((key, value)), client, Metadata());

        Assert.NotSame(client, changed);
        Assert.Equal(keepsConnections, ReferenceEquals(client.Pools, changed.Pools));
    }

    [Fact]
    public void CreateClient_MaxConnectionsPerServerChanged_HasOtherConnections()
    {
        var client = Create(Metadata());

        var changed = Create(Metadata(), client, Metadata(), new HttpClientConfig { MaxConnectionsPerServer = 3 });

        Assert.NotSame(client.Pools, changed.Pools);
    }

    [Fact]
    public void CreateClient_WithoutCluster_IsTheInnerFactorys()
    {
        // As MapForwarder asks for one.
        var context = new ForwarderHttpClientContext { NewConfig = HttpClientConfig.Empty };

        Assert.Same(_http, _factory.CreateClient(context));
        _inner.Received(1).CreateClient(context);
    }

    [Fact]
    public void CreateClient_ClusterThatWasFastCgi_IsNotOursForTheInnerFactory()
    {
        var client = Create(Metadata());

        Assert.Same(_http, _factory.CreateClient(new ForwarderHttpClientContext { ClusterId = "app", OldClient = client, OldMetadata = Metadata(), NewConfig = HttpClientConfig.Empty }));
        _inner.Received(1).CreateClient(Arg.Is<ForwarderHttpClientContext>(context => context.OldClient == null && context.ClusterId == "app"));
    }

    [Fact]
    public void CreateClient_ClusterThatWasHttp_IsAFastCgiClient()
        => Assert.IsType<FastCgiMessageInvoker>(_factory.CreateClient(new ForwarderHttpClientContext { ClusterId = "app", OldClient = _http, NewConfig = HttpClientConfig.Empty, NewMetadata = Metadata() }));

    public void Dispose()
    {
        _http.Dispose();
        _meter.Dispose();
    }

    private FastCgiMessageInvoker Create(
        Dictionary<string, string> metadata, FastCgiMessageInvoker? old = null, Dictionary<string, string>? oldMetadata = null, HttpClientConfig? config = null)
        => Assert.IsType<FastCgiMessageInvoker>(_factory.CreateClient(new ForwarderHttpClientContext
        {
            ClusterId = "app",
            NewConfig = config ?? HttpClientConfig.Empty,
            NewMetadata = metadata,
            OldConfig = HttpClientConfig.Empty,
            OldMetadata = oldMetadata,
            OldClient = old,
        }));

    private static Dictionary<string, string> Metadata(params (string Key, string Value)[] more)
    {
        var metadata = new Dictionary<string, string> { ["Transport"] = "fastcgi", ["FastCgi:DocumentRoot"] = "/srv/a" };
        foreach (var (key, value) in more)
        {
            metadata[key] = value;
        }

        return metadata;
    }
}
