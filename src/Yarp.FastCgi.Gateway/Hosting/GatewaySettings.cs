using Yarp.FastCgi.Gateway.AccessLog;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>
/// The section <c>Gateway</c> of the configuration, read once at the start, with what the command line says over it. A feature has one line here and reads
/// its own part: <c>public XxxOptions Xxx { get; } = XxxOptions.Read(gateway.Section(nameof(Xxx)));</c>
/// </summary>
internal sealed class GatewaySettings(SectionReader gateway, GatewayOptions options)
{
    public const string Section = "Gateway";

    /// <summary>How often the names of destinations are looked up, each address a destination of its own; null looks them up for each connection.</summary>
    public TimeSpan? DnsRefresh { get; } = gateway.Read(nameof(DnsRefresh), PeriodFormat.Instance, TimeSpan.Zero) is var refresh && refresh > TimeSpan.Zero ? refresh : null;

    /// <summary>How long the gateway goes on serving after SIGTERM, not ready any more. Zero stops at once.</summary>
    public TimeSpan DrainDelay { get; } = gateway.Read(nameof(DrainDelay), PeriodFormat.Instance, TimeSpan.FromSeconds(5));

    /// <summary>How long requests have to end once the listeners are closed; what is left then is cut.</summary>
    public TimeSpan DrainTimeout { get; } = gateway.Read(nameof(DrainTimeout), PeriodFormat.Instance, TimeSpan.FromSeconds(20));

    /// <summary>Where /healthz, /readyz, /metrics and /config are served; null is nowhere.</summary>
    public ListenAddress? Management { get; } = gateway.Read<ListenAddress>(nameof(Management), ListenAddress.TryParseManagement, options.Management);

    /// <summary>The access log.</summary>
    public AccessLogOptions AccessLog { get; } = AccessLogOptions.Read(gateway.Section(nameof(AccessLog)));

    /// <exception cref="AggregateException">Everything that is wrong, one exception each.</exception>
    public static GatewaySettings Read(IConfiguration configuration, GatewayOptions options)
    {
        var gateway = new SectionReader(configuration.GetSection(Section));
        var settings = new GatewaySettings(gateway, options);
        gateway.ThrowErrors();
        return settings;
    }
}
