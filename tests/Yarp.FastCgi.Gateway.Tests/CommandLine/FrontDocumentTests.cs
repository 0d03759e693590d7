using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Yarp.FastCgi.Gateway.Hosting;

namespace Yarp.FastCgi.Gateway.Tests.CommandLine;

/// <summary>docs/front.md, docs/response.md and docs/caching.md list the options that the program knows.</summary>
public class FrontDocumentTests
{
    private static readonly string Document = string.Concat(new[] { "front.md", "response.md", "caching.md" }.Select(name => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, name))));

    [Theory]
    [InlineData("Access:NAME")]
    [InlineData("Caching")]
    [InlineData("Caching:Policies:NAME")]
    [InlineData("Caching:Redis")]
    [InlineData("Compression")]
    [InlineData("Cors:NAME")]
    [InlineData("ErrorPages")]
    [InlineData("ForwardedHeaders")]
    [InlineData("Https")]
    [InlineData("Limits")]
    [InlineData("Listeners")]
    [InlineData("ProxyProtocol")]
    [InlineData("RateLimits:NAME")]
    [InlineData("RequestTimeouts:NAME")]
    [InlineData("Tls")]
    [InlineData("Tls:Certificates:NAME")]
    public void Options_OfASection_AreThoseOfTheDocument(string section)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create<string, string?>($"Gateway:{section}:Unknown", "1")]).Build();
        var errors = new List<Exception>();
        GatewaySettings.Read(configuration, new GatewayOptions(), errors);
        var known = Regex.Match(Assert.Single(errors, error => error.Message.Contains(":Unknown' is not", StringComparison.Ordinal)).Message, "use (.*)\\.$").Groups[1].Value
            .Split([", ", " or "], StringSplitOptions.None)
            .Where(option => option != "Certificates");

        var documented = Regex.Matches(Document, $@"^\| `Gateway:{section}:(\w+)` \|", RegexOptions.Multiline).Select(match => match.Groups[1].Value);

        Assert.Equal(known.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }
}
