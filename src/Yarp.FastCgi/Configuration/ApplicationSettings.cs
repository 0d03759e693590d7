namespace Yarp.FastCgi.Configuration;

/// <summary>
/// The application behind one route with every default applied: the route's options over the cluster's.
/// Immutable; made once per load of the configuration. The documented meaning stands at <see cref="FastCgiRouteOptions"/>.
/// </summary>
internal sealed record ApplicationSettings
{
    /// <summary>Without a slash at its end, unless it is the root directory itself.</summary>
    public string? DocumentRoot { get; init; }

    /// <summary>Where this machine sees the document root; never null when there is one. Without a slash at its end.</summary>
    public string? LocalRoot { get; init; }

    public required bool ResolveRootSymlink { get; init; }

    public required bool ScriptsOutsideRoot { get; init; }

    public required IReadOnlyList<string> Index { get; init; }

    public required IReadOnlyList<string> ScriptExtensions { get; init; }

    /// <summary>Empty when every script may run.</summary>
    public required IReadOnlyList<string> Scripts { get; init; }

    /// <summary>Empty when the option is not set.</summary>
    public required IReadOnlyList<string> TryFiles { get; init; }

    public required FastCgiCheckFile CheckFile { get; init; }

    public required TimeSpan CheckFileMaxAge { get; init; }

    public string? ScriptFile { get; init; }

    public required IReadOnlyDictionary<string, string> Params { get; init; }

    public required IReadOnlyDictionary<string, string> PhpValues { get; init; }

    public required IReadOnlyDictionary<string, string> PhpAdminValues { get; init; }

    public required bool PassRequestHeaders { get; init; }

    public required IReadOnlyList<string> UnderscoreHeaders { get; init; }

    public required bool TlsParams { get; init; }

    public required bool RequestBuffering { get; init; }

    public required int RequestBufferSize { get; init; }

    public required string RequestBufferDirectory { get; init; }

    /// <summary>Null when bodies go to STDIN. Without a slash at its end.</summary>
    public string? RequestBodyFileDirectory { get; init; }

    /// <summary>Where this machine sees it; null when it is null.</summary>
    public string? LocalRequestBodyFileDirectory { get; init; }

    public required TimeSpan RequestDrainTimeout { get; init; }

    public required bool IgnoreClientAbort { get; init; }

    public required TimeSpan ClientAbortTimeout { get; init; }

    public required bool AcceptStatusLine { get; init; }

    public required bool Upgrade { get; init; }

    public required bool LocalRedirect { get; init; }

    public required IReadOnlyList<string> InterceptErrors { get; init; }

    public string? ErrorPath { get; init; }

    public required IReadOnlyList<string> XSendfileRoots { get; init; }

    public required IReadOnlyList<string> XAccelRedirect { get; init; }
}
