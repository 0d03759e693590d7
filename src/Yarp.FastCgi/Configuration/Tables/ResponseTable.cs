namespace Yarp.FastCgi.Configuration.Tables;

/// <summary>What a response may say and bring about.</summary>
internal static class ResponseTable
{
    public static readonly ValueSetting<FastCgiRouteOptions, bool> AcceptStatusLine = new()
    {
        Name = nameof(FastCgiRouteOptions.AcceptStatusLine),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.AcceptStatusLine,
        Set = static (options, value) => options with { AcceptStatusLine = value },
        Summary = "Whether a response may begin with a status line of HTTP in place of the field `Status`; otherwise that is 502.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, bool> Upgrade = new()
    {
        Name = nameof(FastCgiRouteOptions.Upgrade),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.Upgrade,
        Set = static (options, value) => options with { Upgrade = value },
        Summary = "Whether a client's wish for WebSocket is passed on to the application, which then speaks it over STDIN and STDOUT (see below).",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, bool> LocalRedirect = new()
    {
        Name = nameof(FastCgiRouteOptions.LocalRedirect),
        Format = new BooleanFormat(),
        Default = true,
        Get = static options => options.LocalRedirect,
        Set = static (options, value) => options with { LocalRedirect = value },
        Summary = "Whether a response that is a `Location` with a path and nothing else is answered by that path of the application; otherwise the client gets 302.",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> InterceptErrors = new()
    {
        Name = nameof(FastCgiRouteOptions.InterceptErrors),
        ElementFormat = TextFormat.ErrorStatuses,
        Default = [],
        DefaultNote = "none",
        Get = static options => options.InterceptErrors,
        Set = static (options, value) => options with { InterceptErrors = value },
        Summary = "Statuses whose response body is replaced by a page of the gateway, or by the response of `ErrorPath`.",
    };

    public static readonly TextSetting ErrorPath = new()
    {
        Name = nameof(FastCgiRouteOptions.ErrorPath),
        Format = TextFormat.UrlPath,
        DefaultNote = "none",
        Get = static options => options.ErrorPath,
        Set = static (options, value) => options with { ErrorPath = value },
        Summary = "Decoded path of the application that answers in place of a response of `InterceptErrors`.",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> XSendfileRoots = new()
    {
        Name = nameof(FastCgiRouteOptions.XSendfileRoots),
        ElementFormat = TextFormat.Directories,
        Default = [],
        DefaultNote = "none",
        Get = static options => options.XSendfileRoots,
        Set = static (options, value) => options with { XSendfileRoots = value },
        Summary = "Directories of this machine whose files a response may name in `X-Sendfile` or `X-LIGHTTPD-send-file`, to be sent in its place.",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> XAccelRedirect = new()
    {
        Name = nameof(FastCgiRouteOptions.XAccelRedirect),
        ElementFormat = TextFormat.PathMapping,
        Default = [],
        DefaultNote = "none",
        Get = static options => options.XAccelRedirect,
        Set = static (options, value) => options with { XAccelRedirect = value },
        Summary = "Paths that a response may name in `X-Accel-Redirect`, with the directory of this machine whose files are sent for them.",
    };

    /// <summary>All of them, in the order of the reference.</summary>
    public static readonly IReadOnlyList<FastCgiSetting> All =
    [
        AcceptStatusLine,
        Upgrade,
        LocalRedirect,
        InterceptErrors,
        ErrorPath,
        XSendfileRoots,
        XAccelRedirect,
    ];
}
