using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Cgi;

/// <summary>The application behind one route, prepared once per load of the configuration. Immutable.</summary>
internal sealed class FastCgiApplication
{
    public FastCgiApplication(ApplicationSettings settings)
    {
        Settings = settings;
        Scripts = new ScriptResolver(settings);
        Params = new UserParams(settings.Params);
    }

    public ApplicationSettings Settings { get; }

    public ScriptResolver Scripts { get; }

    public UserParams Params { get; }

    /// <summary>What stands before the path of a request in the URL as the application sees it.</summary>
    public string GetPrefix(in CgiRequest request) => Scripts.ServesWholeTree ? request.MountPrefix : request.PathBase;
}
