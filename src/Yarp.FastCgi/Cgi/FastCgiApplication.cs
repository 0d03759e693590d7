using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Cgi;

/// <summary>The application behind one route, prepared once per load of the configuration.</summary>
internal sealed class FastCgiApplication
{
    private readonly ScriptResolver _scripts;
    private readonly LinkedRoot? _linkedRoot;
    private readonly StatusRange[] _interceptedErrors;

    public FastCgiApplication(ApplicationSettings settings, TimeProvider timeProvider)
    {
        Settings = settings;
        _scripts = new ScriptResolver(settings);
        _linkedRoot = settings is { ResolveRootSymlink: true, DocumentRoot: { } root } ? new LinkedRoot(root, settings, _scripts, timeProvider) : null;
        Params = new UserParams(settings);
        Headers = new RequestHeaderPolicy(settings);
        ErrorPath = settings.ErrorPath is { } path ? new LocalPath(path, Query: "") : null;
        Sendfile = SendfileRoots.Create(settings);
        _interceptedErrors = [.. settings.InterceptErrors.Select(static text => StatusRange.TryParse(text, out var range) ? range : default)];
    }

    public ApplicationSettings Settings { get; }

    /// <summary>For one request: with ResolveRootSymlink the next one may have another.</summary>
    public ScriptResolver Scripts => _linkedRoot is null ? _scripts : _linkedRoot.GetResolver();

    public UserParams Params { get; }

    public RequestHeaderPolicy Headers { get; }

    /// <summary>Where the application explains errors; null when it leaves that to the gateway.</summary>
    public LocalPath? ErrorPath { get; }

    /// <summary>The files that the application may have sent; null when it may not.</summary>
    public SendfileRoots? Sendfile { get; }

    public bool InterceptsError(int status)
    {
        foreach (var range in _interceptedErrors)
        {
            if (range.Contains(status))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What stands before the path of a request in the URL as the application sees it.</summary>
    public string GetPrefix(in CgiRequest request) => Scripts.ServesWholeTree ? request.MountPrefix : request.PathBase;
}
