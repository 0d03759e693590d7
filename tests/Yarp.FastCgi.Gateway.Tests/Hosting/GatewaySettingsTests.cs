using Microsoft.Extensions.Configuration;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Hosting;

namespace Yarp.FastCgi.Gateway.Tests.Hosting;

public class GatewaySettingsTests
{
    [Fact]
    public void Read_Nothing_GivesTheDefaults()
    {
        var settings = Read([]);

        Assert.Equal(TimeSpan.FromSeconds(5), settings.DrainDelay);
        Assert.Equal(TimeSpan.FromSeconds(20), settings.DrainTimeout);
        Assert.Null(settings.Management);
        Assert.Null(settings.DnsRefresh);
    }

    [Fact]
    public void Read_Everything_ReadsIt()
    {
        var settings = Read(new() { ["Gateway:DrainDelay"] = "00:00:00", ["gateway:draintimeout"] = "00:01:30", ["Gateway:Management"] = "http://127.0.0.1:9180", ["Gateway:DnsRefresh"] = "00:00:07" });

        Assert.Equal(TimeSpan.Zero, settings.DrainDelay);
        Assert.Equal(TimeSpan.FromSeconds(90), settings.DrainTimeout);
        Assert.Equal("http://127.0.0.1:9180", settings.Management!.Url);
        Assert.Equal(TimeSpan.FromSeconds(7), settings.DnsRefresh);
    }

    [Fact]
    public void Read_ManagementOfTheCommandLine_Wins()
    {
        Assert.True(ListenAddress.TryParseManagement("http://127.0.0.1:1", out var given, out _));

        Assert.Same(given, Read(new() { ["Gateway:Management"] = "http://127.0.0.1:2" }, new GatewayOptions { Management = given }).Management);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("00:05")]
    [InlineData("25.00:00:00")]
    public void Read_BadTime_NamesKeyAndValue(string text)
    {
        var error = Assert.Single(Assert.Throws<AggregateException>(() => Read(new() { ["Gateway:DrainTimeout"] = text })).InnerExceptions);

        Assert.StartsWith($"'Gateway:DrainTimeout' is '{text}', but must be a time", error.Message, StringComparison.Ordinal);
    }

    private static GatewaySettings Read(Dictionary<string, string?> values, GatewayOptions? options = null)
        => GatewaySettings.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), options ?? new GatewayOptions());
}
