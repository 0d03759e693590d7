using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NSubstitute;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Health;

namespace Yarp.FastCgi.Tests.Documents;

/// <summary>docs/observability.md names what the code names, and nothing else.</summary>
public partial class ObservabilityTests
{
    private static readonly IReadOnlyList<string[]> Rows = DocumentTable.ReadCells("observability.md");

    [Fact]
    public void Names_OfAttributesEventsAndMetrics_AreThoseOfTheCode()
    {
        var documented = Rows.Select(cells => Name().Match(cells[0])).Where(match => match.Success).Select(match => match.Groups[1].Value);

        var used = StringLiterals.Of(typeof(FastCgiMetrics).Assembly).Where(literal => Name().IsMatch($"`{literal}`"));

        Assert.Equal(used.Distinct().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Metrics_TypesAndUnits_AreThoseOfTheCode()
    {
        var instruments = new List<string>();
        using var services = CreateServices();
        var factory = services.GetRequiredService<IMeterFactory>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == "Yarp.FastCgi" && ReferenceEquals(instrument.Meter.Scope, factory))
                {
                    instruments.Add($"`{instrument.Name}` {TypeOf(instrument)} `{instrument.Unit}`");
                }
            },
        };
        listener.Start();

        // Each class with instruments makes them when it is made.
        foreach (var type in typeof(FastCgiMetrics).Assembly.GetTypes().Where(HasMeter))
        {
            _ = ActivatorUtilities.CreateInstance(services, type);
        }

        // This one has instruments made for it.
        _ = ActivatorUtilities.CreateInstance<StatusMonitor>(services);

        var documented = Rows.Where(cells => cells.Length == 4 && Type().IsMatch(cells[1])).Select(cells => $"{cells[0]} {cells[1]} {cells[2]}");
        Assert.Equal(instruments.Distinct().Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void LogEvents_OfTheLibrary_AreThoseOfTheCode()
    {
        var events = typeof(FastCgiMetrics).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic))
            .Select(static method => method.GetCustomAttribute<LoggerMessageAttribute>())
            .OfType<LoggerMessageAttribute>()
            .OrderBy(static message => message.EventId)
            .ToArray();

        var documented = Rows.Where(static cells => cells.Length == 4 && int.TryParse(cells[0], out _));
        Assert.Equal(events.Length, events.DistinctBy(static message => message.EventId).Count());
        Assert.Equal(
            events.Select(static message => $"{message.EventId} `{message.EventName}` {(message.Level == LogLevel.None ? "by line" : message.Level)}: {message.Message}"),
            documented.Select(static cells => $"{cells[0]} {cells[1]} {cells[2]}: {cells[3]}"));
    }

    [Fact]
    public void LevelsOfStderr_AreThoseOfTheCode()
        => Assert.Equal(
            StderrLevels.All.Select(static entry => $"`{entry.Beginning}` {entry.Level}"),
            Rows.Where(static cells => cells.Length == 2 && Enum.TryParse<LogLevel>(cells[1], out _)).Select(static cells => $"{cells[0]} {cells[1]}"));

    private static ServiceProvider CreateServices()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(Substitute.For<IHostApplicationLifetime>());
        services.AddReverseProxy().AddFastCgi();
        return services.BuildServiceProvider();
    }

    private static bool HasMeter(Type type)
        => type.GetConstructors().Any(constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(IMeterFactory)));

    private static string TypeOf(Instrument instrument) => instrument.GetType().Name.Split('`')[0].Replace("Observable", "", StringComparison.Ordinal).ToLowerInvariant();

    [GeneratedRegex("^(counter|updowncounter|histogram|gauge)$")]
    private static partial Regex Type();

    [GeneratedRegex(@"^`((fastcgi|http|network|server|error)\.[a-z_.]+)`$")]
    private static partial Regex Name();
}
