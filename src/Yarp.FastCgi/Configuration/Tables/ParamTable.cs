namespace Yarp.FastCgi.Configuration.Tables;

/// <summary>What the params tell the application beside the request itself.</summary>
internal static class ParamTable
{
    public static readonly ParamsSetting Params = new()
    {
        Name = nameof(FastCgiRouteOptions.Params),
        Get = static options => options.Params,
        Set = static (options, values) => options with { Params = values },
        Summary = "Params added to each request; they win over params of the same name, and an empty value removes the param. Values may have placeholders (see below).",
    };

    public static readonly PhpValuesSetting PhpValues = new()
    {
        Name = nameof(FastCgiRouteOptions.PhpValues),
        Get = static options => options.PhpValues,
        Set = static (options, values) => options with { PhpValues = values },
        Summary = "Settings that php-fpm applies with each request, as its `php_value`: scripts may change them (see below).",
    };

    public static readonly PhpValuesSetting PhpAdminValues = new()
    {
        Name = nameof(FastCgiRouteOptions.PhpAdminValues),
        Get = static options => options.PhpAdminValues,
        Set = static (options, values) => options with { PhpAdminValues = values },
        Summary = "The same as its `php_admin_value`: scripts may not. They win over `PhpValues` of the same name.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, bool> PassRequestHeaders = new()
    {
        Name = nameof(FastCgiRouteOptions.PassRequestHeaders),
        Format = new BooleanFormat(),
        Default = true,
        Get = static options => options.PassRequestHeaders,
        Set = static (options, value) => options with { PassRequestHeaders = value },
        Summary = "Whether all request header fields become params, or only those that CGI programs have always had (see below).",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> UnderscoreHeaders = new()
    {
        Name = nameof(FastCgiRouteOptions.UnderscoreHeaders),
        ElementFormat = TextFormat.UnderscoreHeader,
        Default = [],
        DefaultNote = "none",
        Get = static options => options.UnderscoreHeaders,
        Set = static (options, value) => options with { UnderscoreHeaders = value },
        Summary = "Request header fields that are passed on although their names have underscores or dots; all others of that kind are dropped.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, bool> TlsParams = new()
    {
        Name = nameof(FastCgiRouteOptions.TlsParams),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.TlsParams,
        Set = static (options, value) => options with { TlsParams = value },
        Summary = "Whether the client's TLS connection and certificate become params, by mod_ssl's names (see below).",
    };

    /// <summary>All of them, in the order of the reference.</summary>
    public static readonly IReadOnlyList<FastCgiSetting> All =
    [
        Params,
        PhpValues,
        PhpAdminValues,
        PassRequestHeaders,
        UnderscoreHeaders,
        TlsParams,
    ];
}
