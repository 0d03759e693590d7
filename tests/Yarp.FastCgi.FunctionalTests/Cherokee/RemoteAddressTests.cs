using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Cherokee;

/// <summary>Cherokee's x_real_ip by ASP.NET Core's Forwarded Headers, as its QA has it (docs/cherokee-qa.md).</summary>
public class RemoteAddressTests
{
    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("X-Real-IP: 1.2.3.4", "1.2.3.4", null)]
    [InlineData("X-Real-IP: 2.3.4.5:987", "2.3.4.5", "987")]
    public async Task Qa232And233_XRealIp_IsTheRemoteAddress(string field, string address, string? port)
        => Assert.Equal(Expected(address, port), await AskAsync(field, options => options.ForwardedForHeaderName = "X-Real-IP"));

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa234_XRealIpOfAPeerThatIsNotTrusted_ChangesNothing() => Assert.StartsWith("127.0.0.1 ", await AskAsync("X-Real-IP: 1.1.1.1", options =>
    {
        options.ForwardedForHeaderName = "X-Real-IP";
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        options.KnownProxies.Add(IPAddress.Parse("9.9.9.9"));
    }), StringComparison.Ordinal);

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("X-Forwarded-For: 1.2.3.4", "1.2.3.4", null)]
    [InlineData("X-Forwarded-For: ::1", "::1", null)]
    [InlineData("X-Forwarded-For: 9.10.11.12:33112", "9.10.11.12", "33112")]
    public async Task Qa252And254And301_XForwardedFor_IsTheRemoteAddress(string field, string address, string? port)
        => Assert.Equal(Expected(address, port), await AskAsync(field));

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("5.6.7.8, 9.9.9.9", false, "9.9.9.9", null)]
    [InlineData("5.6.7.8, 9.9.9.9", true, "5.6.7.8", null)]
    [InlineData("9.10.11.12:33112, 9.9.9.9", true, "9.10.11.12", "33112")]
    public async Task Qa253And254_XForwardedForOfSeveral_IsFollowedAsFarAsProxiesAreTrusted(string value, bool isTrusted, string address, string? port)
        => Assert.Equal(Expected(address, port), await AskAsync("X-Forwarded-For: " + value, options =>
        {
            options.ForwardLimit = null;
            if (isTrusted)
            {
                options.KnownProxies.Add(IPAddress.Parse("9.9.9.9"));
            }
        }));

    private static string Expected(string address, string? port) => $"{address} {port ?? "none"}";

    private static async Task<string> AskAsync(string field, Action<ForwardedHeadersOptions>? configure = null)
    {
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor };
        configure?.Invoke(forwarded);
        await using var site = await QaSite.StartAsync(options: options => options with { App = app => app.UseForwardedHeaders(forwarded) });
        site.Files.Write("test.php", "<?php echo $_SERVER['REMOTE_ADDR'], ' ', $_SERVER['REMOTE_PORT'] ?? 'none';");

        return (await site.AskAsync($"GET /test.php HTTP/1.0\r\n{field}\r\n")).Text;
    }
}
