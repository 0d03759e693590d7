namespace Yarp.FastCgi.Configuration.Tables;

/// <summary>How many connections there are, how long they are waited for, kept and shared.</summary>
internal static class ConnectionTable
{
    private const int MaxConnectionsLimit = 65535;

    /// <summary>A number of connections.</summary>
    public static readonly IntegerFormat ConnectionsFormat = new(1, MaxConnectionsLimit, "connections");

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

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> QueueTimeout = ClusterTime.Setting(
        nameof(FastCgiClusterOptions.QueueTimeout),
        TimeSpan.FromSeconds(10),
        static options => options.QueueTimeout,
        static (options, value) => options with { QueueTimeout = value },
        "Longest wait for a connection in the queue; then 503.");

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> ConnectTimeout = ClusterTime.Setting(
        nameof(FastCgiClusterOptions.ConnectTimeout),
        TimeSpan.FromSeconds(5),
        static options => options.ConnectTimeout,
        static (options, value) => options with { ConnectTimeout = value },
        "Longest wait for a connection to be established, all addresses of the host included; then 504.");

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> ResponseHeadTimeout = ClusterTime.Setting(
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

    public static readonly ValueSetting<FastCgiClusterOptions, TimeSpan> IdleTimeout = ClusterTime.Setting(
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

    /// <summary>All of them, in the order of the reference.</summary>
    public static readonly IReadOnlyList<FastCgiSetting> All =
    [
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
    ];
}
