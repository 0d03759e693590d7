namespace Yarp.FastCgi;

/// <summary>
/// What describes the connections of a FastCGI cluster, and the defaults of the application for its routes.
/// Every property is optional.
/// </summary>
public sealed record FastCgiClusterOptions : FastCgiRouteOptions
{
    /// <summary>
    /// For <see cref="MaxConnections"/>, written <c>auto</c> in a file: as many connections as the application has workers, shared by the
    /// <see cref="Gateways"/>. php-fpm is asked at <see cref="StatusPath"/>, others by FCGI_GET_VALUES (FCGI_MAX_CONNS). Until the first answer,
    /// and without any, it is as if it were not set.
    /// </summary>
    public const int AutoMaxConnections = -1;

    /// <summary>
    /// Most connections open to one destination at a time; for php-fpm at most its <c>pm.max_children</c>. Further requests queue.
    /// Range 1 to 65535, or <see cref="AutoMaxConnections"/>. Default: HttpClient:MaxConnectionsPerServer of the cluster, else 100.
    /// </summary>
    public int? MaxConnections { get; init; }

    /// <summary>Most requests that wait for a connection to one destination; one more is 503. Range 0 to 1000000. Default: 1000.</summary>
    public int? QueueLimit { get; init; }

    /// <summary>Longest wait for a connection in the queue; then 503. Above zero, up to 24 days. Default: 10 seconds.</summary>
    public TimeSpan? QueueTimeout { get; init; }

    /// <summary>Longest wait for a connection to be established, all addresses of the host included; then 504. Above zero, up to 24 days. Default: 5 seconds.</summary>
    public TimeSpan? ConnectTimeout { get; init; }

    /// <summary>
    /// Longest wait, after the request was sent, for the complete response head; then 504. Above zero, up to 24 days. Default: 60 seconds.
    /// </summary>
    public TimeSpan? ResponseHeadTimeout { get; init; }

    /// <summary>
    /// Whether connections are kept open and reused (FCGI_KEEP_CONN). Each kept connection holds a php-fpm worker. Default: <c>false</c>.
    /// </summary>
    public bool? KeepAlive { get; init; }

    /// <summary>How long a kept connection may stay unused before it is closed. Above zero, up to 24 days. Default: 5 seconds.</summary>
    public TimeSpan? IdleTimeout { get; init; }

    /// <summary>
    /// Most kept connections to one destination that are unused at a time; beyond it the one longest out of use is closed. Range 0 to 65535.
    /// Default: MaxConnections.
    /// </summary>
    public int? MaxIdleConnections { get; init; }

    /// <summary>Requests sent over a kept connection before it is closed. Range 1 to 1000000000. Default: 1000.</summary>
    public int? MaxRequestsPerConnection { get; init; }

    /// <summary>
    /// Age at which a kept connection is closed, in use without a pause or not: others who wait for its worker get their turn.
    /// Above zero, up to 24 days. Default: 0.1 seconds (with Multiplexing 10 minutes).
    /// </summary>
    public TimeSpan? MaxConnectionLifetime { get; init; }

    /// <summary>
    /// Most bytes of a response head, the blank line included; a longer one is 502. Range 1024 to 1048576. Default: 32768 (32 KiB).
    /// </summary>
    public int? MaxResponseHeadSize { get; init; }

    /// <summary>
    /// Whether requests share connections (FCGI_MPXS_CONNS). An application that does not say that it can is left with a connection for
    /// each request. Default: <c>false</c>.
    /// </summary>
    public bool? Multiplexing { get; init; }

    /// <summary>
    /// Most requests at a time on one multiplexed connection; beyond it the next connection is made. Range 1 to 10000. Default: 100.
    /// </summary>
    public int? MaxMultiplexedRequests { get; init; }

    /// <summary>
    /// Most bytes of a response that wait for the client on a multiplexed connection; a request that exceeds it is aborted.
    /// Range 262144 to 1073741824. Default: 16777216 (16 MiB).
    /// </summary>
    public int? MultiplexingBufferSize { get; init; }

    /// <summary>When a request is sent again because its destination failed it. Default: see each of its properties.</summary>
    public FastCgiRetryOptions? Retries { get; init; }

    /// <summary>
    /// What the body of a health probe's response has to be, blanks at both ends aside, under the health policy FastCgiProbe: <c>pong</c> for
    /// php-fpm's ping.path. Without it any body will do. No default.
    /// </summary>
    public string? ProbeBody { get; init; }

    /// <summary>Health probes that have to fail in a row, under the health policy FastCgiProbe, before a destination is out. Range 1 to 100. Default: 2.</summary>
    public int? ProbeFailures { get; init; }

    /// <summary>
    /// php-fpm's <c>pm.status_path</c>, asked every <see cref="StatusInterval"/> at the destination's Health address, else at its Address: for metrics, for
    /// <see cref="AutoMaxConnections"/>, for the load-balancing policy FastCgiLeastBusy, and to notice queues. Without it php-fpm is not asked. No default.
    /// </summary>
    public string? StatusPath { get; init; }

    /// <summary>From one question for the status to the next; longer while there is no answer. Above zero, up to 24 days. Default: 5 seconds.</summary>
    public TimeSpan? StatusInterval { get; init; }

    /// <summary>How many gateways share the workers under <see cref="AutoMaxConnections"/>. Range 1 to 1000. Default: 1.</summary>
    public int? Gateways { get; init; }
}
