using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi;

/// <summary>
/// What describes the application behind a route. Every property is optional: a value on the route wins over the
/// same value on its cluster, which wins over the default.
/// </summary>
public record FastCgiRouteOptions : IFastCgiOptions
{
    /// <summary>
    /// Absolute directory of the scripts as the application sees it: DOCUMENT_ROOT, and the front of SCRIPT_FILENAME.
    /// Required unless <see cref="ScriptFile"/> is set or <see cref="CheckFile"/> is <see cref="FastCgiCheckFile.Off"/>. No default.
    /// </summary>
    public string? DocumentRoot { get; init; }

    /// <summary>
    /// Absolute directory where this machine sees the same files, when it differs from <see cref="DocumentRoot"/>
    /// (another mount point in the application's container). Must exist. Default: <see cref="DocumentRoot"/>.
    /// </summary>
    public string? LocalRoot { get; init; }

    /// <summary>
    /// Whether DOCUMENT_ROOT and SCRIPT_FILENAME have the symbolic links of <see cref="DocumentRoot"/> followed, looked up at most once in a second:
    /// when a deployment switches a link, opcache sees new files at once. The links must be on this machine, so it excludes
    /// <see cref="LocalRoot"/>. Default: <c>false</c>.
    /// </summary>
    public bool? ResolveRootSymlink { get; init; }

    /// <summary>
    /// Whether scripts are run that symbolic links below the root lead to outside of it. Where scripts are looked up on this machine
    /// (<see cref="CheckFile"/>), <c>false</c> answers them with 404. Default: <c>false</c>.
    /// </summary>
    public bool? ScriptsOutsideRoot { get; init; }

    /// <summary>File names tried, in order, for a path that ends in a slash. Default: <c>index.php</c>.</summary>
    public IReadOnlyList<string>? Index { get; init; }

    /// <summary>
    /// Extensions, dot included, that make a file a script. Compared as ASCII, ignoring case. Default: <c>.php</c>.
    /// </summary>
    public IReadOnlyList<string>? ScriptExtensions { get; init; }

    /// <summary>
    /// Which scripts below the root may be run, as patterns of their paths: <c>/dir/</c> is everything below, <c>*</c> anything inside of a segment,
    /// <c>**</c> anything at all; a <c>!</c> in front forbids. The first that matches decides, ignoring ASCII case; a script that none matches is 404.
    /// Not looked at with <see cref="ScriptFile"/> or when <see cref="CheckFile"/> is off. Default: all.
    /// </summary>
    public IReadOnlyList<string>? Scripts { get; init; }

    /// <summary>
    /// Paths tried in order until one names a script; <c>{path}</c> stands for the request's path, a slash at the end for <see cref="Index"/> in
    /// a directory (nginx's <c>$uri/</c> is <c>{path}/</c>). The last one, when it does not contain <c>{path}</c>, is the front controller.
    /// Default: the request's path and, below a directory, <see cref="Index"/>.
    /// </summary>
    public IReadOnlyList<string>? TryFiles { get; init; }

    /// <summary>Whether scripts are looked up on this machine. Default: <see cref="FastCgiCheckFile.Auto"/>.</summary>
    public FastCgiCheckFile? CheckFile { get; init; }

    /// <summary>
    /// How long it holds that a path leads to a script, once the files on this machine have said so; a path that leads to none is looked up each time.
    /// A deployment is seen within this time. Zero looks at the files for each request.
    /// From zero, up to a minute. Default: 00:00:01.
    /// </summary>
    public TimeSpan? CheckFileMaxAge { get; init; }

    /// <summary>
    /// Absolute path, as the application sees it, of the one script that answers every request of the route
    /// (a CGI program behind fcgiwrap, a front controller outside the root). SCRIPT_NAME is then the mount prefix. No default.
    /// </summary>
    public string? ScriptFile { get; init; }

    /// <summary>
    /// Params added to each request. They win over params of the same name made by the server or from a request header;
    /// an empty value removes the param. Names are case-sensitive. Values may have the placeholders <c>{route:name}</c>, <c>{header:Name}</c>,
    /// <c>{connection:id}</c>, <c>{connection:remote-addr}</c>, <c>{connection:remote-port}</c>, <c>{connection:local-addr}</c>,
    /// <c>{connection:local-port}</c> and <c>{env:NAME}</c>; two braces stand for one. Sets on the cluster and on the route are merged by name. Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? Params { get; init; }

    /// <summary>
    /// Settings of PHP, such as <c>memory_limit</c> = <c>256M</c>, that php-fpm applies before it runs the script, as its <c>php_value</c>
    /// (PHP_VALUE): scripts may change them. A value is taken as it stands; booleans (<c>on</c>, <c>off</c>) and expressions of constants
    /// (<c>E_ALL &amp; ~E_NOTICE</c>) mean what they mean in php.ini. Names are case-sensitive. They stay on the worker, for requests of other
    /// routes as well: set the same names on all routes that share a php-fpm pool. Sets on the cluster and on the route are merged by name.
    /// Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? PhpValues { get; init; }

    /// <summary>
    /// The same as <c>php_admin_value</c> (PHP_ADMIN_VALUE): scripts may not change them. They win over <see cref="PhpValues"/> of the same
    /// name. Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, string>? PhpAdminValues { get; init; }

    /// <summary>
    /// Whether all request header fields become params. With <c>false</c> only Accept, Accept-Charset, Accept-Encoding, Accept-Language,
    /// Authorization, Cookie, Host, If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Range, Referer, User-Agent
    /// and <see cref="UnderscoreHeaders"/> do. Default: <c>true</c>.
    /// </summary>
    public bool? PassRequestHeaders { get; init; }

    /// <summary>
    /// Request header fields that are passed on although their names have underscores or dots, such as <c>X_Api_Key</c>; all others of
    /// that kind are dropped, because an application takes them for the spelling with dashes. A request with both spellings is 400. Default: none.
    /// </summary>
    public IReadOnlyList<string>? UnderscoreHeaders { get; init; }

    /// <summary>
    /// Whether the client's TLS connection and its certificate become params, by the names of Apache's mod_ssl: SSL_PROTOCOL, SSL_CIPHER,
    /// SSL_CIPHER_USEKEYSIZE, SSL_TLS_SNI, SSL_CLIENT_VERIFY, SSL_CLIENT_S_DN, SSL_CLIENT_I_DN, SSL_CLIENT_M_SERIAL, SSL_CLIENT_V_START,
    /// SSL_CLIENT_V_END, SSL_CLIENT_CERT. Default: <c>false</c>.
    /// </summary>
    public bool? TlsParams { get; init; }

    /// <summary>
    /// Whether the request body is received whole before a connection to the application is taken, so that a slow upload holds
    /// no worker and a body of unknown length gets its true CONTENT_LENGTH. <c>false</c> streams it. Default: <c>true</c>.
    /// </summary>
    public bool? RequestBuffering { get; init; }

    /// <summary>
    /// Bytes of a buffered request body kept in memory; a longer body goes to a file. Range 0 to 16777216 (16 MiB). Default: 65536 (64 KiB).
    /// </summary>
    public int? RequestBufferSize { get; init; }

    /// <summary>
    /// Directory of the files of <see cref="RequestBufferSize"/>, unless <see cref="RequestBodyFileDirectory"/> is set. Must exist.
    /// Default: the system's directory for temporary files.
    /// </summary>
    public string? RequestBufferDirectory { get; init; }

    /// <summary>
    /// Absolute directory, as php-fpm sees it, for the files of <see cref="RequestBufferSize"/>. With it php-fpm reads such a body from its
    /// file (REQUEST_BODY_FILE) and STDIN stays empty; the file is deleted when the request is over. For applications that share the
    /// directory with this machine, and for php-fpm only. Not with <see cref="RequestBuffering"/> <c>false</c>. No default.
    /// </summary>
    public string? RequestBodyFileDirectory { get; init; }

    /// <summary>
    /// Absolute directory where this machine sees the same files, when it differs from <see cref="RequestBodyFileDirectory"/>
    /// (another mount point in the application's container). Must exist. Default: <see cref="RequestBodyFileDirectory"/>.
    /// </summary>
    public string? LocalRequestBodyFileDirectory { get; init; }

    /// <summary>
    /// How long the rest of a streamed body (<see cref="RequestBuffering"/> <c>false</c>) is read and dropped behind an answer that came
    /// without it, so that the client of an HTTP/1.1 connection gets the answer; then its connection is closed. Above zero, up to 24 days.
    /// Default: 30 seconds.
    /// </summary>
    public TimeSpan? RequestDrainTimeout { get; init; }

    /// <summary>
    /// Whether a complete request that does not wait in the queue goes on when its client goes away, for scripts that must finish: what
    /// the application sends is dropped. Otherwise its connection is closed at once. Default: <c>false</c>.
    /// </summary>
    public bool? IgnoreClientAbort { get; init; }

    /// <summary>How long a request of <see cref="IgnoreClientAbort"/> may go on without its client. Above zero, up to 24 days. Default: 60 seconds.</summary>
    public TimeSpan? ClientAbortTimeout { get; init; }

    /// <summary>
    /// Whether a response may begin with a status line of HTTP (<c>HTTP/1.1 404 Not Found</c>) in place of the field Status, as PHP writes it
    /// with <c>cgi.rfc2616_headers</c>. <c>false</c> answers 502: RFC 3875 knows it for CGI programs that talk to the client themselves only
    /// (section 5). Default: <c>false</c>.
    /// </summary>
    public bool? AcceptStatusLine { get; init; }

    /// <summary>
    /// Whether a client's wish for WebSocket (RFC 6455; over HTTP/2 RFC 8441) is passed on to the application. When that answers 101, the
    /// client's bytes go to its STDIN, and STDOUT to the client, until one of them ends; the connection and its place below MaxConnections
    /// are taken as long. <c>false</c> forwards such a request as an ordinary one, and answers an extended CONNECT 501. Default: <c>false</c>.
    /// </summary>
    public bool? Upgrade { get; init; }

    /// <summary>
    /// Whether a response that consists of a Location with a path, and of nothing else, is answered by that path of the same application
    /// (RFC 3875, section 6.2.2: local redirect). <c>false</c> sends 302 to the client instead, as other servers do. Default: <c>true</c>.
    /// </summary>
    public bool? LocalRedirect { get; init; }

    /// <summary>
    /// Statuses, such as <c>404</c> or <c>500-599</c>, whose response body is replaced by a page of the gateway, or by the response of
    /// <see cref="ErrorPath"/>. From 400 to 599. Default: none.
    /// </summary>
    public IReadOnlyList<string>? InterceptErrors { get; init; }

    /// <summary>
    /// Decoded path of the application that answers in place of a response of <see cref="InterceptErrors"/>; it is asked with GET and
    /// learns what has happened by REDIRECT_STATUS, REDIRECT_URL and REDIRECT_QUERY_STRING. No default.
    /// </summary>
    public string? ErrorPath { get; init; }

    /// <summary>
    /// Absolute directories of this machine. A response with X-Sendfile or X-LIGHTTPD-send-file is answered with the file it names, if that
    /// lies in one of them, symbolic links followed. Default: none.
    /// </summary>
    public IReadOnlyList<string>? XSendfileRoots { get; init; }

    /// <summary>
    /// Paths with their directories on this machine, such as <c>/protected/=/srv/files</c>. A response with X-Accel-Redirect below such
    /// a path is answered with the file below its directory. Default: none.
    /// </summary>
    public IReadOnlyList<string>? XAccelRedirect { get; init; }
}
