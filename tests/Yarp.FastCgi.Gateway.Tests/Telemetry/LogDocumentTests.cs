using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Gateway.Telemetry;

namespace Yarp.FastCgi.Gateway.Tests.Telemetry;

/// <summary>docs/observability.md lists the log events of the gateway.</summary>
public class LogDocumentTests
{
    private static readonly string Document = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "observability.md"));

    [Fact]
    public void LogEvents_OfTheGateway_AreThoseOfTheCode()
    {
        var events = typeof(GatewayTelemetry).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .OrderBy(message => message.EventId)
            .Select(message => $"{message.EventId} {message.EventName} {message.Level}: {message.Message}");

        var documented = Regex.Matches(Document, @"^\| gateway (\d+) \| `(\w+)` \| (\w+) \| (.*) \|\r?$", RegexOptions.Multiline)
            .Select(match => $"{match.Groups[1]} {match.Groups[2]} {match.Groups[3]}: {match.Groups[4]}");

        Assert.Equal(events, documented);
    }
}
