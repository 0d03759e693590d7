using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Cgi;

/// <summary>The application behind one route, prepared once per load of the configuration.</summary>
internal sealed class FastCgiApplication
{
    private readonly ScriptResolver _scripts;
    private readonly LinkedRoot? _linkedRoot;

    public FastCgiApplication(ApplicationSettings settings, TimeProvider timeProvider)
    {
        Settings = settings;
        _scripts = new ScriptResolver(settings);
        _linkedRoot = settings is { ResolveRootSymlink: true, DocumentRoot: { } root } ? new LinkedRoot(root, settings, _scripts, timeProvider) : null;
        Params = new UserParams(settings.Params);
        Headers = new RequestHeaderPolicy(settings);
    }

    public ApplicationSettings Settings { get; }

    /// <summary>For one request: with ResolveRootSymlink the next one may have another.</summary>
    public ScriptResolver Scripts => _linkedRoot is null ? _scripts : _linkedRoot.GetResolver();

    public UserParams Params { get; }

    public RequestHeaderPolicy Headers { get; }
}
