using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Yarp.FastCgi.Deploy.Tests.Compose;

/// <summary>deploy/compose/compose.yaml: parsed strictly, and what it names exists.</summary>
public sealed class ComposeTests
{
    private static readonly string Directory = Repository.Path("deploy", "compose");

    [Fact]
    public void Compose_Services_FitTogether()
    {
        var file = Read();

        Assert.Equal(["gateway", "php", "telemetry"], file.Services.Keys.Order());
        foreach (var service in file.Services.Values)
        {
            Assert.All(service.DependsOn.Keys, name => Assert.Contains(name, file.Services.Keys));
            Assert.All(service.Ports, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));
            foreach (var source in service.Volumes.Select(volume => volume.Split(':')[0]))
            {
                Assert.True(source.StartsWith('.') ? Path.Exists(Path.Combine(Directory, source)) : file.Volumes.ContainsKey(source), source);
            }
        }

        // Telemetry goes to a service that is there.
        Assert.Contains(new Uri(file.Services["gateway"].Environment["OTEL_EXPORTER_OTLP_ENDPOINT"]).Host, file.Services.Keys);
    }

    [Fact]
    public void Compose_PhpAndGateway_ShareTheSocketAndTheFilesWithoutPrivileges()
    {
        var file = Read();
        var (php, gateway) = (file.Services["php"], file.Services["gateway"]);

        Assert.All([php, gateway], service => Assert.Equal((true, "ALL", "no-new-privileges:true"), (service.ReadOnly, service.CapDrop.Single(), service.SecurityOpt.Single())));
        Assert.Equal(php.Volumes.Where(IsShared).Order(), gateway.Volumes.Where(IsShared).Order());
        Assert.Equal("size=1m,uid=1655,gid=1654,mode=2770", file.Volumes["socket"].DriverOpts["o"]);
        Assert.Equal("1655:1654", php.User);
        Assert.Equal("service_healthy", gateway.DependsOn["php"].Condition);
    }

    private static bool IsShared(string volume) => !volume.Contains("/etc/", StringComparison.Ordinal);

    private static ComposeFile Read()
        => new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build()
            .Deserialize<ComposeFile>(File.ReadAllText(Path.Combine(Directory, "compose.yaml")));
}
