using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Https;

/// <summary>The section <c>Gateway:Https</c>: clients that come without TLS.</summary>
internal sealed record HttpsOptions
{
    private const int SecondsOfTenYears = 10 * 365 * 24 * 60 * 60;

    /// <summary>Whether requests by http are redirected to https. Default: false.</summary>
    public bool Redirect { get; private init; }

    /// <summary>The status of the redirect. Default: 308, which keeps method and body.</summary>
    public int RedirectStatus { get; private init; } = StatusCodes.Status308PermanentRedirect;

    /// <summary>The port of https as clients see it. Default: 443.</summary>
    public int Port { get; private init; } = 443;

    /// <summary>max-age of Strict-Transport-Security (RFC 6797), in seconds. Default: 0, which sends no such field.</summary>
    public int HstsMaxAge { get; private init; }

    /// <summary>Whether it holds for subdomains too. Default: false.</summary>
    public bool HstsIncludeSubDomains { get; private init; }

    /// <summary>Whether browsers may have it built in. Default: false.</summary>
    public bool HstsPreload { get; private init; }

    public static HttpsOptions Read(SectionReader section)
    {
        var defaults = new HttpsOptions();
        var boolean = new BooleanFormat();
        var options = new HttpsOptions
        {
            Redirect = section.Read(nameof(Redirect), boolean, defaults.Redirect),
            RedirectStatus = section.Read(nameof(RedirectStatus), new StatusFormat(301, 302, 307, 308), defaults.RedirectStatus),
            Port = section.Read(nameof(Port), new IntegerFormat(1, 65535, "port"), defaults.Port),
            HstsMaxAge = section.Read(nameof(HstsMaxAge), new IntegerFormat(0, SecondsOfTenYears, "seconds"), defaults.HstsMaxAge),
            HstsIncludeSubDomains = section.Read(nameof(HstsIncludeSubDomains), boolean, defaults.HstsIncludeSubDomains),
            HstsPreload = section.Read(nameof(HstsPreload), boolean, defaults.HstsPreload),
        };
        if (options.HstsMaxAge == 0 && (options.HstsIncludeSubDomains || options.HstsPreload))
        {
            section.Refuse(nameof(HstsMaxAge), "is missing: without it nothing says for how long HstsIncludeSubDomains and HstsPreload hold.");
        }

        return options;
    }
}
