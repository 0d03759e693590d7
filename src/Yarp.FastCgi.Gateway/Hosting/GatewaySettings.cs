using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.CommandLine;

namespace Yarp.FastCgi.Gateway.Hosting;

/// <summary>The section <c>Gateway</c> of the configuration, read once at the start, with what the command line says over it.</summary>
internal sealed record GatewaySettings
{
    public const string Section = "Gateway";

    private static readonly TimeFormat Times = new();

    /// <summary>How long the gateway goes on serving after SIGTERM, not ready any more. Zero stops at once.</summary>
    public TimeSpan DrainDelay { get; private init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long requests have to end once the listeners are closed; what is left then is cut.</summary>
    public TimeSpan DrainTimeout { get; private init; } = TimeSpan.FromSeconds(20);

    /// <summary>Where /healthz, /readyz, /metrics and /config are served; null is nowhere.</summary>
    public ListenAddress? Management { get; private init; }

    /// <summary>How often the names of destinations are looked up, each address a destination of its own; null looks them up for each connection.</summary>
    public TimeSpan? DnsRefresh { get; private init; }

    /// <exception cref="AggregateException">Everything that is wrong, one exception each.</exception>
    public static GatewaySettings Read(IConfiguration configuration, GatewayOptions options)
    {
        var settings = new GatewaySettings();
        var errors = new List<Exception>();
        foreach (var entry in configuration.GetSection(Section).GetChildren())
        {
            settings = Apply(settings, entry, out var error);
            if (error is not null)
            {
                errors.Add(new InvalidDataException(error));
            }
        }

        return errors.Count > 0
            ? throw new AggregateException(errors)
            : settings with { Management = options.Management ?? settings.Management };
    }

    private static GatewaySettings Apply(GatewaySettings settings, IConfigurationSection entry, out string? error)
    {
        error = null;
        if (IsNamed(entry, nameof(DrainDelay)))
        {
            return TryReadTime(entry, out var delay, out error) ? settings with { DrainDelay = delay } : settings;
        }

        if (IsNamed(entry, nameof(DrainTimeout)))
        {
            return TryReadTime(entry, out var timeout, out error) ? settings with { DrainTimeout = timeout } : settings;
        }

        if (IsNamed(entry, nameof(DnsRefresh)))
        {
            return TryReadTime(entry, out var refresh, out error) ? settings with { DnsRefresh = refresh == TimeSpan.Zero ? null : refresh } : settings;
        }

        if (IsNamed(entry, nameof(Management)))
        {
            if (ListenAddress.TryParseManagement(entry.Value ?? "", out var address, out var addressError))
            {
                return settings with { Management = address };
            }

            error = $"'{entry.Path}': {addressError}";
            return settings;
        }

        error = $"'{entry.Path}' is not a known option: use {nameof(DnsRefresh)}, {nameof(DrainDelay)}, {nameof(DrainTimeout)} or {nameof(Management)}.";
        return settings;
    }

    private static bool IsNamed(IConfigurationSection entry, string name) => entry.Key.Equals(name, StringComparison.OrdinalIgnoreCase);

    private static bool TryReadTime(IConfigurationSection entry, out TimeSpan time, [NotNullWhen(false)] out string? error)
    {
        var text = entry.Value ?? "";
        if (Times.TryParse(text, out time) || (TimeSpan.TryParseExact(text, "c", CultureInfo.InvariantCulture, out time) && time == TimeSpan.Zero))
        {
            error = null;
            return true;
        }

        error = $"'{entry.Path}' is '{text}', but must be a time in the form 00:00:05 (hours:minutes:seconds), from 00:00:00 to 24.00:00:00 (24 days).";
        return false;
    }
}
