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
        Headers = new RequestHeaderPolicy(settings);
    }

    public ApplicationSettings Settings { get; }

    public ScriptResolver Scripts { get; }

    public UserParams Params { get; }

    public RequestHeaderPolicy Headers { get; }
}
