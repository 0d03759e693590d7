namespace Yarp.FastCgi.Configuration.Tables;

/// <summary>How the request body reaches the application, and what happens when its client goes away.</summary>
internal static class RequestTable
{
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
        Summary = "Whether a complete request that does not wait in the queue goes on when its client goes away; otherwise its connection is closed at once.",
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

    /// <summary>All of them, in the order of the reference.</summary>
    public static readonly IReadOnlyList<FastCgiSetting> All =
    [
        RequestBuffering,
        RequestBufferSize,
        RequestBufferDirectory,
        RequestBodyFileDirectory,
        LocalRequestBodyFileDirectory,
        RequestDrainTimeout,
        IgnoreClientAbort,
        ClientAbortTimeout,
    ];
}
