using System.Text.Json;
using CsCheck;
using Yarp.FastCgi.Configuration;
using Yarp.ReverseProxy.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class FastCgiMetadataTests
{
    [Fact]
    public void ReadCluster_MetadataOfAnyValidOptions_GivesThemBackWithoutErrors() => OptionsGen.Cluster.Sample(options =>
    {
        var errors = new List<string>();
        var cluster = new ClusterConfig { ClusterId = "c" }.WithFastCgi(options);

        var read = FastCgiMetadata.ReadCluster(cluster.Metadata, errors);

        Assert.Empty(errors);
        Assert.Equal(JsonSerializer.Serialize(options), JsonSerializer.Serialize(read));
    });

    [Fact]
    public void ReadRoute_MetadataOfAnyValidOptions_GivesThemBackWithoutErrors() => OptionsGen.Route.Sample(options =>
    {
        var errors = new List<string>();
        var route = new RouteConfig { RouteId = "r" }.WithFastCgi(options);

        var read = FastCgiMetadata.ReadRoute(route.Metadata, errors);

        Assert.Empty(errors);
        Assert.Equal(JsonSerializer.Serialize(options), JsonSerializer.Serialize(read));
    });
}
