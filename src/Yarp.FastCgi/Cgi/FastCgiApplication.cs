using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Cgi;

/// <summary>The application behind one route, prepared once per load of the configuration. Immutable.</summary>
internal sealed class FastCgiApplication
{
    private readonly StatusRange[] _interceptedErrors;

    public FastCgiApplication(ApplicationSettings settings)
    {
        Settings = settings;
        Scripts = new ScriptResolver(settings);
        Params = new UserParams(settings.Params);
        Headers = new RequestHeaderPolicy(settings);
        ErrorPath = settings.ErrorPath is { } path ? new LocalPath(path, Query: "") : null;
        Sendfile = SendfileRoots.Create(settings);
        _interceptedErrors = [.. settings.InterceptErrors.Select(static text => StatusRange.TryParse(text, out var range) ? range : default)];
    }

    public ApplicationSettings Settings { get; }

    public ScriptResolver Scripts { get; }

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
