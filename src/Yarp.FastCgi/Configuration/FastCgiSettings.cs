using Microsoft.AspNetCore.Http;

namespace Yarp.FastCgi.Configuration;

/// <summary>The table of all options: the one place where each is described.</summary>
internal static class FastCgiSettings
{
    private const int MaxConnectionsLimit = 65535;

    /// <summary>A number of connections.</summary>
    public static readonly IntegerFormat ConnectionsFormat = new(1, MaxConnectionsLimit, "connections");

    public static readonly TextSetting DocumentRoot = new()
    {
        Name = nameof(FastCgiRouteOptions.DocumentRoot),
        Format = TextFormat.AbsolutePath,
        DefaultNote = "none; required unless `ScriptFile` is set or `CheckFile` is `off`",
        Get = static options => options.DocumentRoot,
        Set = static (options, value) => options with { DocumentRoot = value },
        Summary = "Directory of the scripts as the application sees it: DOCUMENT_ROOT, and the front of SCRIPT_FILENAME.",
    };

    public static readonly TextSetting LocalRoot = new()
    {
        Name = nameof(FastCgiRouteOptions.LocalRoot),
        Format = TextFormat.LocalDirectory,
        DefaultNote = "`DocumentRoot`",
        Get = static options => options.LocalRoot,
        Set = static (options, value) => options with { LocalRoot = value },
        Summary = "Directory where this machine sees the same files, when it is another one.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, bool> ResolveRootSymlink = new()
    {
        Name = nameof(FastCgiRouteOptions.ResolveRootSymlink),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.ResolveRootSymlink,
        Set = static (options, value) => options with { ResolveRootSymlink = value },
        Summary = "Whether the application is told where the root's symbolic links lead, looked up at most once in a second. Not together with `LocalRoot`.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, bool> ScriptsOutsideRoot = new()
    {
        Name = nameof(FastCgiRouteOptions.ScriptsOutsideRoot),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.ScriptsOutsideRoot,
        Set = static (options, value) => options with { ScriptsOutsideRoot = value },
        Summary = "Whether scripts are run that symbolic links below the root lead to outside of it; otherwise they are 404.",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> Index = new()
    {
        Name = nameof(FastCgiRouteOptions.Index),
        ElementFormat = TextFormat.FileName,
        Default = ["index.php"],
        Get = static options => options.Index,
        Set = static (options, value) => options with { Index = value },
        Summary = "File names tried, in order, for a path that ends in a slash.",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> ScriptExtensions = new()
    {
        Name = nameof(FastCgiRouteOptions.ScriptExtensions),
        ElementFormat = TextFormat.Extension,
        Default = [".php"],
        NotEmpty = true,
        Get = static options => options.ScriptExtensions,
        Set = static (options, value) => options with { ScriptExtensions = value },
        Summary = "Extensions that make a file a script, compared ignoring ASCII case.",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> Scripts = new()
    {
        Name = nameof(FastCgiRouteOptions.Scripts),
        ElementFormat = TextFormat.ScriptPattern,
        Default = [],
        DefaultNote = "all",
        Get = static options => options.Scripts,
        Set = static (options, value) => options with { Scripts = value },
        Summary = "Which scripts below the root may be run; the first pattern that a script's path matches decides, and what none matches is 404 (see Paths).",
    };

    public static readonly TextListSetting<FastCgiRouteOptions> TryFiles = new()
    {
        Name = nameof(FastCgiRouteOptions.TryFiles),
        ElementFormat = TextFormat.TryFile,
        Default = [],
        DefaultNote = "the request's path and, below a directory, `Index`",
        Get = static options => options.TryFiles,
        Set = static (options, value) => options with { TryFiles = value },
        Summary = "Paths tried, in order, until one names a script; `{path}` stands for the request's path, a slash at the end for `Index` in a directory. The last one, without `{path}`, is the front controller.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, FastCgiCheckFile> CheckFile = new()
    {
        Name = nameof(FastCgiRouteOptions.CheckFile),
        Format = new CheckFileFormat(),
        Default = FastCgiCheckFile.Auto,
        Get = static options => options.CheckFile,
        Set = static (options, value) => options with { CheckFile = value },
        Summary = "Whether scripts are looked up on this machine: when the root exists here, always, or never (the application serves the whole tree).",
    };

    public static readonly TextSetting ScriptFile = new()
    {
        Name = nameof(FastCgiRouteOptions.ScriptFile),
        Format = TextFormat.AbsolutePath,
        DefaultNote = "none",
        Get = static options => options.ScriptFile,
        Set = static (options, value) => options with { ScriptFile = value },
        Summary = "The one script, as the application sees it, that answers every request of the route.",
    };

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

    public static readonly ValueSetting<FastCgiRouteOptions, bool> RequestBuffering = new()
    {
        Name = nameof(FastCgiRouteOptions.RequestBuffering),
        Format = new BooleanFormat(),
        Default = true,
        Get = static options => options.RequestBuffering,
        Set = static (options, value) => options with { RequestBuffering = value },
        Summary = "Whether the request body is received whole before a connection to the application is taken.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, int> RequestBufferSize = new()
    {
        Name = nameof(FastCgiRouteOptions.RequestBufferSize),
        Format = new IntegerFormat(0, 16 * 1024 * 1024, "bytes"),
        Default = 64 * 1024,
        Get = static options => options.RequestBufferSize,
        Set = static (options, value) => options with { RequestBufferSize = value },
        Summary = "How much of a buffered request body is kept in memory; a longer one goes to a file.",
    };

    public static readonly TextSetting RequestBufferDirectory = new()
    {
        Name = nameof(FastCgiRouteOptions.RequestBufferDirectory),
        Format = TextFormat.LocalDirectory,
        DefaultNote = "the system's directory for temporary files",
        Get = static options => options.RequestBufferDirectory,
        Set = static (options, value) => options with { RequestBufferDirectory = value },
        Summary = "Directory of those files, unless `RequestBodyFileDirectory` is set.",
    };

    public static readonly TextSetting RequestBodyFileDirectory = new()
    {
        Name = nameof(FastCgiRouteOptions.RequestBodyFileDirectory),
        Format = TextFormat.AbsolutePath,
        DefaultNote = "none",
        Get = static options => options.RequestBodyFileDirectory,
        Set = static (options, value) => options with { RequestBodyFileDirectory = value },
        Summary = "Directory of those files, as php-fpm sees it, which then gets their names instead of their bytes (see below).",
    };

    public static readonly TextSetting LocalRequestBodyFileDirectory = new()
    {
        Name = nameof(FastCgiRouteOptions.LocalRequestBodyFileDirectory),
        Format = TextFormat.LocalDirectory,
        DefaultNote = "`RequestBodyFileDirectory`",
        Get = static options => options.LocalRequestBodyFileDirectory,
        Set = static (options, value) => options with { LocalRequestBodyFileDirectory = value },
        Summary = "Directory where this machine sees the same files, when it is another one.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, TimeSpan> RequestDrainTimeout = new()
    {
        Name = nameof(FastCgiRouteOptions.RequestDrainTimeout),
        Format = new TimeFormat(),
        Default = TimeSpan.FromSeconds(30),
        Get = static options => options.RequestDrainTimeout,
        Set = static (options, value) => options with { RequestDrainTimeout = value },
        Summary = "How long the rest of a streamed body is read and dropped behind an answer that came without it; then the client's connection is closed.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, bool> IgnoreClientAbort = new()
    {
        Name = nameof(FastCgiRouteOptions.IgnoreClientAbort),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.IgnoreClientAbort,
        Set = static (options, value) => options with { IgnoreClientAbort = value },
        Summary = "Whether a request that the application has may go on when its client goes away; otherwise its connection is closed at once.",
    };

    public static readonly ValueSetting<FastCgiRouteOptions, TimeSpan> ClientAbortTimeout = new()
    {
        Name = nameof(FastCgiRouteOptions.ClientAbortTimeout),
        Format = new TimeFormat(),
        Default = TimeSpan.FromMinutes(1),
        Get = static options => options.ClientAbortTimeout,
        Set = static (options, value) => options with { ClientAbortTimeout = value },
        Summary = "How long a request of `IgnoreClientAbort` may go on without its client.",
    };

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

    public static readonly ValueSetting<FastCgiClusterOptions, int> MaxConnections = new()
    {
        Name = nameof(FastCgiClusterOptions.MaxConnections),
        Format = new MaxConnectionsFormat(ConnectionsFormat),
        Default = 100,
        DefaultNote = "`HttpClient:MaxConnectionsPerServer` of the cluster, else `100`",
        Get = static options => options.MaxConnections,
        Set = static (options, value) => options with { MaxConnections = value },
        Summary = "Most connections open to one destination at a time; for php-fpm at most its `pm.max_children`. `auto`: as many as the application has workers (see [load-balancing.md](load-balancing.md#how-busy-php-fpm-is)).",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, int> QueueLimit = new()
    {
        Name = nameof(FastCgiClusterOptions.QueueLimit),
        Format = new IntegerFormat(0, 1_000_000, "requests"),
        Default = 1000,
        Get = static options => options.QueueLimit,
        Set = static (options, value) => options with { QueueLimit = value },
        Summary = "Most requests that wait for a connection to one destination; one more is 503.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> QueueTimeout = Time(
        nameof(FastCgiClusterOptions.QueueTimeout),
        TimeSpan.FromSeconds(10),
        static options => options.QueueTimeout,
        static (options, value) => options with { QueueTimeout = value },
        "Longest wait for a connection in the queue; then 503.");

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> ConnectTimeout = Time(
        nameof(FastCgiClusterOptions.ConnectTimeout),
        TimeSpan.FromSeconds(5),
        static options => options.ConnectTimeout,
        static (options, value) => options with { ConnectTimeout = value },
        "Longest wait for a connection to be established, all addresses of the host included; then 504.");

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> ResponseHeadTimeout = Time(
        nameof(FastCgiClusterOptions.ResponseHeadTimeout),
        TimeSpan.FromSeconds(60),
        static options => options.ResponseHeadTimeout,
        static (options, value) => options with { ResponseHeadTimeout = value },
        "Longest wait, after the request was sent, for the complete response head; then 504.");

    public static readonly ValueSetting<FastCgiClusterOptions, bool> KeepAlive = new()
    {
        Name = nameof(FastCgiClusterOptions.KeepAlive),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.KeepAlive,
        Set = static (options, value) => options with { KeepAlive = value },
        Summary = "Whether connections are kept open and reused. Each kept connection holds a php-fpm worker.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> IdleTimeout = Time(
        nameof(FastCgiClusterOptions.IdleTimeout),
        TimeSpan.FromSeconds(5),
        static options => options.IdleTimeout,
        static (options, value) => options with { IdleTimeout = value },
        "How long a kept connection may stay unused before it is closed; `MaxConnectionLifetime` may close it before.");

    public static readonly ValueSetting<FastCgiClusterOptions, int> MaxIdleConnections = new()
    {
        Name = nameof(FastCgiClusterOptions.MaxIdleConnections),
        Format = new IntegerFormat(0, MaxConnectionsLimit, "connections"),
        Default = MaxConnectionsLimit,
        DefaultNote = "`MaxConnections`",
        Get = static options => options.MaxIdleConnections,
        Set = static (options, value) => options with { MaxIdleConnections = value },
        Summary = "Most kept connections to one destination that are unused at a time; beyond it the one longest out of use is closed.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, int> MaxRequestsPerConnection = new()
    {
        Name = nameof(FastCgiClusterOptions.MaxRequestsPerConnection),
        Format = new IntegerFormat(1, 1_000_000_000, "requests"),
        Default = 1000,
        Get = static options => options.MaxRequestsPerConnection,
        Set = static (options, value) => options with { MaxRequestsPerConnection = value },
        Summary = "Requests sent over a kept connection before it is closed.",
    };

    /// <summary>The default where connections hold no worker.</summary>
    public static readonly TimeSpan MultiplexedConnectionLifetime = TimeSpan.FromMinutes(10);

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> MaxConnectionLifetime = new()
    {
        Name = nameof(FastCgiClusterOptions.MaxConnectionLifetime),
        Format = new TimeFormat(),
        Default = TimeSpan.FromMilliseconds(100),
        DefaultNote = "`00:00:00.1`; with `Multiplexing` `00:10:00`",
        Get = static options => options.MaxConnectionLifetime,
        Set = static (options, value) => options with { MaxConnectionLifetime = value },
        Summary = "Age at which a kept connection is closed, in use without a pause or not: others who wait for its worker get their turn.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, int> MaxResponseHeadSize = new()
    {
        Name = nameof(FastCgiClusterOptions.MaxResponseHeadSize),
        Format = new IntegerFormat(1024, 1024 * 1024, "bytes"),
        Default = 32 * 1024,
        Get = static options => options.MaxResponseHeadSize,
        Set = static (options, value) => options with { MaxResponseHeadSize = value },
        Summary = "Most bytes of a response head, the blank line included; a longer one is 502.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, bool> Multiplexing = new()
    {
        Name = nameof(FastCgiClusterOptions.Multiplexing),
        Format = new BooleanFormat(),
        Default = false,
        Get = static options => options.Multiplexing,
        Set = static (options, value) => options with { Multiplexing = value },
        Summary = "Whether requests share connections, when the application says that it can (see Multiplexing).",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, int> MaxMultiplexedRequests = new()
    {
        Name = nameof(FastCgiClusterOptions.MaxMultiplexedRequests),
        Format = new IntegerFormat(1, 10_000, "requests"),
        Default = 100,
        Get = static options => options.MaxMultiplexedRequests,
        Set = static (options, value) => options with { MaxMultiplexedRequests = value },
        Summary = "Most requests at a time on one multiplexed connection; beyond it the next connection is made.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, int> MultiplexingBufferSize = new()
    {
        Name = nameof(FastCgiClusterOptions.MultiplexingBufferSize),
        Format = new IntegerFormat(256 * 1024, 1024 * 1024 * 1024, "bytes"),
        Default = 16 * 1024 * 1024,
        Get = static options => options.MultiplexingBufferSize,
        Set = static (options, value) => options with { MultiplexingBufferSize = value },
        Summary = "Most bytes of a response that wait for the client on a multiplexed connection; a request that exceeds it is aborted.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, int> RetryMaxAttempts = new()
    {
        Name = Retries(nameof(FastCgiRetryOptions.MaxAttempts)),
        Format = new IntegerFormat(1, 10, "attempts"),
        Default = 3,
        Get = static options => options.Retries?.MaxAttempts,
        Set = static (options, value) => options with { Retries = (options.Retries ?? new()) with { MaxAttempts = value } },
        Summary = "How often a request is sent at the most, the first time included; 1 is no retry at all.",
    };

    public static readonly TextListSetting<FastCgiClusterOptions> RetryOn = new()
    {
        Name = Retries(nameof(FastCgiRetryOptions.On)),
        ElementFormat = TextFormat.RetryCause,
        Default = ["connect-failure", "stale-connection", "overloaded"],
        Get = static options => options.Retries?.On,
        Set = static (options, value) => options with { Retries = (options.Retries ?? new()) with { On = value } },
        Summary = "After what a request is sent again (see Retries).",
    };

    public static readonly TextListSetting<FastCgiClusterOptions> RetryMethods = new()
    {
        Name = Retries(nameof(FastCgiRetryOptions.Methods)),
        ElementFormat = TextFormat.Method,
        Default = [HttpMethods.Get, HttpMethods.Head, HttpMethods.Options, HttpMethods.Trace],
        Get = static options => options.Retries?.Methods,
        Set = static (options, value) => options with { Retries = (options.Retries ?? new()) with { Methods = value } },
        Summary = "Methods of requests that may be sent again although the application may have executed them already.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, int> RetryBudget = new()
    {
        Name = Retries(nameof(FastCgiRetryOptions.Budget)),
        Format = new IntegerFormat(0, 100, "percent"),
        Default = 20,
        Get = static options => options.Retries?.Budget,
        Set = static (options, value) => options with { Retries = (options.Retries ?? new()) with { Budget = value } },
        Summary = "Share of the cluster's recent requests that may be retries of requests which an application has received; ten more are always allowed to gather.",
    };

    public static readonly TextSetting<FastCgiClusterOptions> ProbeBody = new()
    {
        Name = nameof(FastCgiClusterOptions.ProbeBody),
        Format = TextFormat.Line,
        DefaultNote = "none",
        Get = static options => options.ProbeBody,
        Set = static (options, value) => options with { ProbeBody = value },
        Summary = "What the body of a health probe's response has to be, blanks at both ends aside, under the health policy `FastCgiProbe`: `pong` for php-fpm's ping.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, int> ProbeFailures = new()
    {
        Name = nameof(FastCgiClusterOptions.ProbeFailures),
        Format = new IntegerFormat(1, 100, "probes"),
        Default = 2,
        Get = static options => options.ProbeFailures,
        Set = static (options, value) => options with { ProbeFailures = value },
        Summary = "Health probes that have to fail in a row, under the health policy `FastCgiProbe`, before a destination is out.",
    };

    public static readonly TextSetting<FastCgiClusterOptions> StatusPath = new()
    {
        Name = nameof(FastCgiClusterOptions.StatusPath),
        Format = TextFormat.UrlPath,
        DefaultNote = "none",
        Get = static options => options.StatusPath,
        Set = static (options, value) => options with { StatusPath = value },
        Summary = "php-fpm's `pm.status_path`, asked at the destination's `Health` address, else at its `Address`.",
    };

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> StatusInterval = Time(
        nameof(FastCgiClusterOptions.StatusInterval),
        TimeSpan.FromSeconds(5),
        static options => options.StatusInterval,
        static (options, value) => options with { StatusInterval = value },
        "From one question for the status to the next; longer while there is no answer.");

    public static readonly ValueSetting<FastCgiClusterOptions, int> Gateways = new()
    {
        Name = nameof(FastCgiClusterOptions.Gateways),
        Format = new IntegerFormat(1, 1000, "gateways"),
        Default = 1,
        Get = static options => options.Gateways,
        Set = static (options, value) => options with { Gateways = value },
        Summary = "How many gateways share the workers under `MaxConnections: auto`.",
    };

    /// <summary>Every option, in the order of the reference.</summary>
    public static readonly IReadOnlyList<FastCgiSetting> All =
    [
        DocumentRoot,
        LocalRoot,
        ResolveRootSymlink,
        ScriptsOutsideRoot,
        Index,
        ScriptExtensions,
        Scripts,
        TryFiles,
        CheckFile,
        ScriptFile,
        Params,
        PhpValues,
        PhpAdminValues,
        PassRequestHeaders,
        UnderscoreHeaders,
        TlsParams,
        RequestBuffering,
        RequestBufferSize,
        RequestBufferDirectory,
        RequestBodyFileDirectory,
        LocalRequestBodyFileDirectory,
        RequestDrainTimeout,
        IgnoreClientAbort,
        ClientAbortTimeout,
        AcceptStatusLine,
        Upgrade,
        LocalRedirect,
        InterceptErrors,
        ErrorPath,
        XSendfileRoots,
        XAccelRedirect,
        MaxConnections,
        QueueLimit,
        QueueTimeout,
        ConnectTimeout,
        ResponseHeadTimeout,
        KeepAlive,
        IdleTimeout,
        MaxIdleConnections,
        MaxRequestsPerConnection,
        MaxConnectionLifetime,
        MaxResponseHeadSize,
        Multiplexing,
        MaxMultiplexedRequests,
        MultiplexingBufferSize,
        RetryMaxAttempts,
        RetryOn,
        RetryMethods,
        RetryBudget,
        ProbeBody,
        ProbeFailures,
        StatusPath,
        StatusInterval,
        Gateways,
    ];

    /// <summary>Whether options stand below this name: <c>Retries</c>, <c>Interpreter</c>.</summary>
    public static bool IsGroup(ReadOnlySpan<char> name)
        => name.Equals(nameof(FastCgiClusterOptions.Retries), StringComparison.OrdinalIgnoreCase)
            || name.Equals(nameof(FastCgiDestinationOptions.Interpreter), StringComparison.OrdinalIgnoreCase);

    private static string Retries(string name) => $"{nameof(FastCgiClusterOptions.Retries)}:{name}";

    private static ValueSetting<FastCgiClusterOptions, TimeSpan> Time(
        string name,
        TimeSpan defaultValue,
        Func<FastCgiClusterOptions, TimeSpan?> get,
        Func<FastCgiClusterOptions, TimeSpan, FastCgiClusterOptions> set,
        string summary)
        => new() { Name = name, Format = new TimeFormat(), Default = defaultValue, Get = get, Set = set, Summary = summary };
}
