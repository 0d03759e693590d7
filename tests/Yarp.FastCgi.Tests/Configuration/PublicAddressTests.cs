using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using NSubstitute;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

/// <summary>The exposed port: php-fpm at an address that anyone may reach (docs/security.md).</summary>
public class PublicAddressTests
{
    [Theory]
    [InlineData("fastcgi://192.0.2.1", true)]
    [InlineData("fastcgi://8.8.8.8:9000", true)]
    [InlineData("fastcgi://[2001:db8::1]:9000", true)]
    [InlineData("fastcgi://[::ffff:8.8.8.8]:9000", true)]
    [InlineData("fastcgi://172.32.0.1", true)]
    [InlineData("fastcgi://100.128.0.1", true)]
    [InlineData("fastcgi://127.0.0.1:9000", false)]
    [InlineData("fastcgi://127.8.0.1", false)]
    [InlineData("fastcgi://0.0.0.0", false)]
    [InlineData("fastcgi://10.255.0.7", false)]
    [InlineData("fastcgi://172.31.255.255", false)]
    [InlineData("fastcgi://192.168.1.1", false)]
    [InlineData("fastcgi://100.64.0.1", false)]
    [InlineData("fastcgi://169.254.1.1", false)]
    [InlineData("fastcgi://[::1]", false)]
    [InlineData("fastcgi://[::ffff:10.0.0.1]", false)]
    [InlineData("fastcgi://[fd00::1]", false)]
    [InlineData("fastcgi://[fe80::1]", false)]
    [InlineData("fastcgi://php.example:9000", false)]
    [InlineData("unix:/run/php/php-fpm.sock", false)]
    [InlineData("unix:@app", false)]
    public void IsAt_Endpoint_IsPublicOrNot(string address, bool expected)
        => Assert.Equal(expected, PublicAddress.IsAt(FastCgiEndpoint.Parse(address)));

    [Theory]
    [InlineData("fastcgi://192.0.2.1:9000", 1)]
    [InlineData("fastcgi://127.0.0.1:9000", 0)]
    public async Task ExposedPort_DestinationAtAPublicAddress_IsWarnedOfWhenItIsLoaded(string address, int warnings)
    {
        var logger = CreateLogger(out var provider);

        await using var host = ProxyHost.Load(
            ProxyHost.Json(""" "Transport": "fastcgi" """, """ "FastCgi": { "CheckFile": "off" } """, $""" "Address": "{address}" """),
            proxy => proxy.Services.AddLogging(logging => logging.AddProvider(provider)));

        Assert.Equal(warnings, Warnings(logger).Count(text => text.Contains($"cluster 'php', destination 'a' listens at the public address {address}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ExposedPort_MapFastCgiToAPublicAddress_IsWarnedOf()
    {
        var logger = CreateLogger(out var provider);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.Services.AddRoutingCore().AddLogging(logging => logging.AddProvider(provider)).AddFastCgiForwarder();
        await using var application = builder.Build();

        application.MapFastCgi("/{**path}", "fastcgi://192.0.2.1:9000");

        Assert.Contains("MapFastCgi listens at the public address fastcgi://192.0.2.1:9000", Assert.Single(Warnings(logger)), StringComparison.Ordinal);
    }

    private static ILogger CreateLogger(out ILoggerProvider provider)
    {
        var logger = Substitute.For<ILogger>();
        logger.IsEnabled(default).ReturnsForAnyArgs(true);
        provider = Substitute.For<ILoggerProvider>();
        provider.CreateLogger("").ReturnsForAnyArgs(logger);
        return logger;
    }

    private static IEnumerable<string> Warnings(ILogger logger) => logger.ReceivedCalls()
        .Where(call => call.GetMethodInfo().Name == nameof(ILogger.Log) && call.GetArguments()[0] is LogLevel.Warning)
        .Select(call => call.GetArguments()[2]!.ToString()!);
}
