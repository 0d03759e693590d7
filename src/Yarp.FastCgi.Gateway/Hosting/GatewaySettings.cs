using Microsoft.AspNetCore.Cors.Infrastructure;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.AccessLog;
using Yarp.FastCgi.Gateway.Caching;
using Yarp.FastCgi.Gateway.CommandLine;
using Yarp.FastCgi.Gateway.Compression;
using Yarp.FastCgi.Gateway.ErrorPages;
using Yarp.FastCgi.Gateway.Forwarding;
using Yarp.FastCgi.Gateway.Https;
using Yarp.FastCgi.Gateway.Limits;
using Yarp.FastCgi.Gateway.Listeners;
using Yarp.FastCgi.Gateway.Policies;
using Yarp.FastCgi.Gateway.ProxyProtocol;
using Yarp.FastCgi.Gateway.Settings;
using Yarp.FastCgi.Gateway.Tls;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>
/// The section <c>Gateway</c> of the configuration, read once at the start, with what the command line says over it. A feature has one line here and reads
/// its own part: <c>public XxxOptions Xxx { get; } = XxxOptions.Read(gateway.Section(nameof(Xxx)));</c>
/// </summary>
internal sealed class GatewaySettings(SectionReader gateway, GatewayOptions options)
{
    public const string Name = "Gateway";

    /// <summary>Where to listen; empty where Kestrel's own configuration, or a socket that was passed, says so.</summary>
    public IReadOnlyList<ListenAddress> Addresses { get; private init; } = [];

    /// <summary>How often the names of destinations are looked up, each address a destination of its own; null looks them up for each connection.</summary>
    public TimeSpan? DnsRefresh { get; } = gateway.Read(nameof(DnsRefresh), PeriodFormat.Instance, TimeSpan.Zero) is var refresh && refresh > TimeSpan.Zero ? refresh : null;

    /// <summary>How long the gateway goes on serving after SIGTERM, not ready any more. Zero stops at once.</summary>
    public TimeSpan DrainDelay { get; } = gateway.Read(nameof(DrainDelay), PeriodFormat.Instance, TimeSpan.FromSeconds(5));

    /// <summary>How long requests have to end once the listeners are closed; what is left then is cut.</summary>
    public TimeSpan DrainTimeout { get; } = gateway.Read(nameof(DrainTimeout), PeriodFormat.Instance, TimeSpan.FromSeconds(20));

    /// <summary>Where /healthz, /readyz, /metrics and /config are served; null is nowhere.</summary>
    public ListenAddress? Management { get; } = gateway.Read<ListenAddress>(nameof(Management), ListenAddress.TryParseManagement, options.Management);

    /// <summary>Policies by address for the AuthorizationPolicy of routes, by name.</summary>
    public IReadOnlyList<KeyValuePair<string, AccessOptions>> Access { get; } = PolicyNames.Read(gateway, nameof(Access), AccessOptions.Read);

    /// <summary>The access log.</summary>
    public AccessLogOptions AccessLog { get; } = AccessLogOptions.Read(gateway.Section(nameof(AccessLog)));

    /// <summary>Which responses are kept for other requests, and where.</summary>
    public CachingOptions Caching { get; } = CachingOptions.Read(gateway.Section(nameof(Caching)));

    /// <summary>Which responses are compressed, and how.</summary>
    public CompressionOptions Compression { get; } = CompressionOptions.Read(gateway.Section(nameof(Compression)));

    /// <summary>Policies for the CorsPolicy of routes, by name.</summary>
    public IReadOnlyList<KeyValuePair<string, CorsPolicy>> Cors { get; } = PolicyNames.Read(gateway, nameof(Cors), CorsPolicyReader.Read);

    /// <summary>Files that are sent with errors.</summary>
    public ErrorPageOptions ErrorPages { get; } = ErrorPageOptions.Read(gateway.Section(nameof(ErrorPages)));

    /// <summary>Proxies whose X-Forwarded-* fields are believed.</summary>
    public ForwardingOptions ForwardedHeaders { get; } = ForwardingOptions.Read(gateway.Section(nameof(ForwardedHeaders)));

    /// <summary>What happens to clients that come without TLS.</summary>
    public HttpsOptions Https { get; } = HttpsOptions.Read(gateway.Section(nameof(Https)));

    /// <summary>Whether requests run on the threads that wait for sockets; otherwise they run on the thread pool.</summary>
    public bool InlineScheduling { get; } = gateway.Read(nameof(InlineScheduling), new BooleanFormat(), fallback: true);

    /// <summary>How much of the gateway clients may take.</summary>
    public LimitOptions Limits { get; } = LimitOptions.Read(gateway.Section(nameof(Limits)));

    /// <summary>What addresses to listen on cannot say.</summary>
    public ListenerOptions Listeners { get; } = ListenerOptions.Read(gateway.Section(nameof(Listeners)));

    /// <summary>Load balancers that name the client by the PROXY protocol.</summary>
    public ProxyProtocolOptions ProxyProtocol { get; } = ProxyProtocolOptions.Read(gateway.Section(nameof(ProxyProtocol)));

    /// <summary>Policies for the RateLimiterPolicy of routes, by name.</summary>
    public IReadOnlyList<KeyValuePair<string, RateLimitOptions>> RateLimits { get; } = PolicyNames.Read(gateway, nameof(RateLimits), RateLimitOptions.Read);

    /// <summary>Policies for the TimeoutPolicy of routes, by name.</summary>
    public IReadOnlyList<KeyValuePair<string, RequestTimeoutOptions>> RequestTimeouts { get; } = PolicyNames.Read(gateway, nameof(RequestTimeouts), RequestTimeoutOptions.Read);

    /// <summary>Whether there are sites. They are read with the routes, again whenever they change.</summary>
    public bool HasSites { get; } = gateway.Has("Sites");

    /// <summary>Whether YARP's health probes are traced.</summary>
    public bool TraceProbes { get; } = gateway.Read(nameof(TraceProbes), new BooleanFormat(), fallback: false);

    /// <summary>Certificates.</summary>
    public TlsOptions Tls { get; } = TlsOptions.Read(gateway.Section(nameof(Tls)));

    /// <exception cref="AggregateException">Everything that is wrong, one exception each.</exception>
    public static GatewaySettings Read(IConfiguration configuration, GatewayOptions options)
    {
        var errors = new List<Exception>();
        var settings = Read(configuration, options, errors);
        return errors.Count > 0 ? throw new AggregateException(errors) : settings;
    }

    /// <param name="configuration">The configuration.</param>
    /// <param name="options">The command line.</param>
    /// <param name="errors">Receives everything that is wrong, one exception each.</param>
    /// <returns>Defaults in the place of what is wrong.</returns>
    public static GatewaySettings Read(IConfiguration configuration, GatewayOptions options, List<Exception> errors)
    {
        var gateway = new SectionReader(configuration.GetSection(Name));
        IReadOnlyList<ListenAddress> addresses = [];
        try
        {
            addresses = KestrelSetup.Addresses(configuration, options);
        }
        catch (InvalidDataException exception)
        {
            errors.Add(exception);
        }

        var settings = new GatewaySettings(gateway, options) { Addresses = addresses };
        errors.AddRange(gateway.Complete());
        return settings;
    }
}
