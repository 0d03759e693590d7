using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;
using Yarp.FastCgi.Threading;

namespace Yarp.FastCgi.Cgi;

/// <summary>The application behind one route, prepared once per load of the configuration.</summary>
internal sealed class FastCgiApplication
{
    private readonly ScriptLookup _scripts;
    private readonly LinkedRoot? _linkedRoot;
    private readonly StatusRange[] _interceptedErrors;

    public FastCgiApplication(ApplicationSettings settings, TimeProvider timeProvider)
    {
        Settings = settings;
        _scripts = new ScriptLookup(settings, timeProvider);
        _linkedRoot = settings is { ResolveRootSymlink: true, DocumentRoot: { } root } ? new LinkedRoot(root, settings, _scripts, timeProvider) : null;
        Params = new UserParams(settings);
        Headers = new RequestHeaderPolicy(settings);
        ErrorPath = settings.ErrorPath is { } path ? new LocalPath(path, Query: "") : null;
        Sendfile = SendfileRoots.Create(settings);
        _interceptedErrors = [.. settings.InterceptErrors.Select(static text => StatusRange.TryParse(text, out var range) ? range : default)];
    }

    public ApplicationSettings Settings { get; }

    /// <summary>For one request: with ResolveRootSymlink the next one may have another. May look at the root's links.</summary>
    public ScriptResolver Scripts => GetScripts().Resolver;

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
    public string GetPrefix(in CgiRequest request) => _scripts.Resolver.ServesWholeTree ? request.MountPrefix : request.PathBase;

    /// <summary>The script that a path leads to. Looks at files on a worker thread only, and not when it has just done so.</summary>
    public ValueTask<ScriptLocation> FindScriptAsync(string path)
        => (_linkedRoot is null ? _scripts : _linkedRoot.Recent) is { } scripts && scripts.TryFind(path, out var location)
            ? new ValueTask<ScriptLocation>(location)
            : LookUpAsync(path);

    private async ValueTask<ScriptLocation> LookUpAsync(string path)
    {
        await WorkerThread.SwitchAsync();
        var scripts = GetScripts();
        return scripts.Resolver.LooksAtFiles ? scripts.Find(path) : scripts.Resolver.Resolve(path);
    }

    private ScriptLookup GetScripts() => _linkedRoot is null ? _scripts : _linkedRoot.GetScripts();
}
