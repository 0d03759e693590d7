using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Configuration;
using Yarp.FastCgi.Gateway.Hosting;
using Yarp.FastCgi.Gateway.Policies;

namespace Yarp.FastCgi.Gateway.Tests.Hosting;

/// <summary>The options of the front: their defaults, and what is wrong with them beyond a single value.</summary>
public class FrontSettingsTests
{
    [Fact]
    public void Read_Nothing_TrustsNobodyAndLimitsAsKestrelDoes()
    {
        var settings = Read(out var errors);

        Assert.Empty(errors);
        Assert.Equal(0, settings.ForwardedHeaders.TrustedNetworks.Count);
        Assert.Equal(ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, settings.ForwardedHeaders.Headers);
        Assert.Equal(0, settings.ProxyProtocol.TrustedNetworks.Count);
        Assert.Equal(TimeSpan.FromSeconds(5), settings.ProxyProtocol.Timeout);
        Assert.False(settings.Https.Redirect);
        Assert.Equal(0, settings.Https.HstsMaxAge);
        Assert.Null(settings.Listeners.SocketMode);
        Assert.Equal(SslProtocols.Tls12 | SslProtocols.Tls13, settings.Tls.Protocols);
        Assert.Equal(TimeSpan.FromSeconds(10), settings.Tls.CheckPeriod);
    }

    [Fact]
    public void Read_RateLimit_HasItsDefaults()
    {
        var settings = Read(out var errors, ("RateLimits:a:PermitLimit", "5"));

        Assert.Empty(errors);
        var policy = Assert.Single(settings.RateLimits).Value;
        Assert.Equal((RateLimitOptions.FixedWindow, 5, TimeSpan.FromMinutes(1), 6, 0, RateLimitOptions.Client), (policy.Kind, policy.PermitLimit, policy.Window, policy.Segments, policy.QueueLimit, policy.PartitionBy));
    }

    [Theory]
    [InlineData("ForwardedHeaders:Limit", "2", "'Gateway:ForwardedHeaders:TrustedNetworks' is missing")]
    [InlineData("ForwardedHeaders:TrustedNetworks", "10.0.0.0", null)]
    [InlineData("ForwardedHeaders:TrustedNetworks", "10.0.0.1/8", "'Gateway:ForwardedHeaders:TrustedNetworks' is '10.0.0.1/8'")]
    [InlineData("ProxyProtocol:TrustedNetworks", "everybody", "'Gateway:ProxyProtocol:TrustedNetworks' is 'everybody'")]
    [InlineData("Https:HstsPreload", "true", "'Gateway:Https:HstsMaxAge' is missing")]
    [InlineData("Https:RedirectStatus", "303", "'Gateway:Https:RedirectStatus' is '303', but must be 301, 302, 307 or 308")]
    [InlineData("Limits:MaxRequestBodySize", "-2", "'Gateway:Limits:MaxRequestBodySize' is '-2'")]
    [InlineData("Tls:MinimumVersion", "1.1", "'Gateway:Tls:MinimumVersion' is '1.1', but must be 1.2 or 1.3")]
    [InlineData("Tls:DefaultCertificate", "a", "'Gateway:Tls:DefaultCertificate' names a certificate, but there are none")]
    [InlineData("Tls:Certificates:a:Password", "b", "'Gateway:Tls:Certificates:a:Path' is missing")]
    [InlineData("RateLimits:a:Kind", "Leaky", "'Gateway:RateLimits:a:Kind' is 'Leaky', but must be FixedWindow, SlidingWindow, TokenBucket or Concurrency")]
    [InlineData("RateLimits:a:Window", "00:00:01", "'Gateway:RateLimits:a:PermitLimit' is missing")]
    [InlineData("RateLimits:Disable:PermitLimit", "1", "'Gateway:RateLimits:Disable' has a name")]
    [InlineData("Access:a:Allow", "", "'Gateway:Access:a:Allow' and Deny are both empty")]
    [InlineData("Access:anonymous:Allow", "10.0.0.0/8", "'Gateway:Access:anonymous' has a name")]
    [InlineData("Caching:Policies:a:Duration", "60", "'Gateway:Caching:Policies:a:Duration' is '60', but must be a time")]
    [InlineData("Caching:Policies:a:Durations:404", "00:00:10", null)]
    [InlineData("Caching:Policies:a:Durations:206", "00:00:10", "'Gateway:Caching:Policies:a:Durations:206' is not a known option")]
    [InlineData("Caching:Policies:a:KeyCookies", "a*b", "'Gateway:Caching:Policies:a:KeyCookies' is 'a*b', but must be a name")]
    [InlineData("Caching:Policies:a:BypassPaths", "a/b", "'Gateway:Caching:Policies:a:BypassPaths' is 'a/b', but must be a pattern of paths")]
    [InlineData("Caching:Policies:a:IgnoreHeaders", "ETag", "'Gateway:Caching:Policies:a:IgnoreHeaders' is 'ETag', but must be Cache-Control, Expires")]
    [InlineData("Caching:Policies:a:Tags", "a,b", "'Gateway:Caching:Policies:a:Tags' is 'a,b', but must be a tag")]
    [InlineData("Caching:Policies:Default:Duration", "00:00:10", "'Gateway:Caching:Policies:Default' has a name")]
    [InlineData("Caching:Redis:Database", "1", "'Gateway:Caching:Redis:Endpoints' is missing")]
    [InlineData("Caching:Redis:Endpoints", "redis:99999", "'Gateway:Caching:Redis:Endpoints' is 'redis:99999', but must be the address of a Redis")]
    [InlineData("Caching:Redis:Endpoints", "unix:redis.sock", "'Gateway:Caching:Redis:Endpoints' is 'unix:redis.sock'")]
    [InlineData("Caching:Redis:Endpoints", "redis.example.com", null)]
    [InlineData("Caching:Redis:Endpoints", "[::1]:6380", null)]
    [InlineData("ErrorPages:Directory", "errors", "'Gateway:ErrorPages:Directory' is 'errors', but must be the absolute path")]
    [InlineData("ErrorPages:Directory", "/no/such/directory", "'Gateway:ErrorPages:Directory' is '/no/such/directory', which is no directory")]
    [InlineData("ErrorPages:Intercept", "true", "'Gateway:ErrorPages:Directory' is missing")]
    [InlineData("Compression:Types", "text/html; charset=utf-8", "'Gateway:Compression:Types' is 'text/html; charset=utf-8', but must be a media type without parameters")]
    [InlineData("Compression:Types", "*/*", "'Gateway:Compression:Types' is '*/*'")]
    [InlineData("Compression:Types", "text/*", null)]
    [InlineData("Compression:Types", "", "'Gateway:Compression:Types' is empty")]
    [InlineData("Compression:Encodings", "", "'Gateway:Compression:Encodings' is empty")]
    [InlineData("Compression:Encodings", "zstd", "'Gateway:Compression:Encodings' is 'zstd', but must be br or gzip")]
    [InlineData("Compression:Level", "11", "'Gateway:Compression:Level' is '11', but must be Fastest, Optimal or Smallest")]
    [InlineData("Compression:MinimumSize", "-1", "'Gateway:Compression:MinimumSize' is '-1'")]
    [InlineData("Cors:a:Methods", "PUT", "'Gateway:Cors:a:Origins' is missing")]
    [InlineData("Cors:a:Origins", "https://a.test/path", "'Gateway:Cors:a:Origins' is 'https://a.test/path'")]
    [InlineData("Cors:a:Origins", "https://*.a.test", null)]
    [InlineData("Listeners:SocketMode", "0888", "'Gateway:Listeners:SocketMode' is '0888'")]
    [InlineData("RequestTimeouts:a:Timeout", "5", "'Gateway:RequestTimeouts:a:Timeout' is '5'")]
    public void Read_Option_IsTakenOrToldByItsKey(string key, string value, string? expected)
    {
        Read(out var errors, (key, value));

        if (expected is null)
        {
            Assert.Empty(errors);
        }
        else
        {
            Assert.Contains(errors, error => error.StartsWith(expected, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Read_OptionsThatExcludeEachOther_AreTold()
    {
        Read(
            out var errors,
            ("RateLimits:a:PermitLimit", "1"), ("RateLimits:a:PartitionBy", "Client"), ("RateLimits:a:PartitionByHeader", "X-Key"),
            ("Cors:a:Origins", "*"), ("Cors:a:Credentials", "true"),
            ("Limits:MaxConnections", "1"), ("Limits:MaxConnectionsPerClient", "2"));

        Assert.Equal(
            ["'Gateway:Cors:a:Origins' is '*'", "'Gateway:Limits:MaxConnectionsPerClient' is above MaxConnections", "'Gateway:RateLimits:a:PartitionByHeader' and PartitionBy exclude"],
            errors.Select(error => error.Split([",", " each", ", and"], StringSplitOptions.None)[0]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_SingleAddress_IsItself()
    {
        var networks = Read(out _, ("ProxyProtocol:TrustedNetworks:0", "192.0.2.1"), ("ProxyProtocol:TrustedNetworks:1", "unix")).ProxyProtocol.TrustedNetworks;

        Assert.True(networks.Contains(IPAddress.Parse("192.0.2.1")));
        Assert.False(networks.Contains(IPAddress.Parse("192.0.2.2")));
        Assert.True(networks.Contains(null));
    }

    private static GatewaySettings Read(out List<string> messages, params (string Key, string Value)[] options)
    {
        var errors = new List<Exception>();
        var settings = GatewaySettings.Read(
            new ConfigurationBuilder().AddInMemoryCollection(options.Select(option => KeyValuePair.Create<string, string?>($"Gateway:{option.Key}", option.Value))).Build(), new GatewayOptions(), errors);
        messages = [.. errors.Select(error => error.Message)];
        return settings;
    }
}
