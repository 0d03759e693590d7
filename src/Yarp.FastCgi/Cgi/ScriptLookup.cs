using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Cgi;

/// <summary>Finds scripts by one resolver, and remembers for a short time those that it has looked at files for.</summary>
internal sealed class ScriptLookup
{
    private readonly RecentLookups<ScriptLocation> _recent;

    public ScriptLookup(ApplicationSettings settings, TimeProvider timeProvider)
    {
        Resolver = new ScriptResolver(settings);
        _recent = new RecentLookups<ScriptLocation>(settings.CheckFileMaxAge, timeProvider);
    }

    public ScriptResolver Resolver { get; }

    /// <summary>Without looking at any file.</summary>
    public bool TryFind(string path, out ScriptLocation location)
    {
        if (Resolver.LooksAtFiles)
        {
            return _recent.TryGet(path, out location);
        }

        location = Resolver.Resolve(path);
        return true;
    }

    /// <summary>By looking at the files.</summary>
    public ScriptLocation Find(string path)
    {
        var lookedAt = _recent.Begin();
        var location = Resolver.Resolve(path);

        // A script that a deployment brings is found by the first request for it.
        if (location.Outcome == ScriptOutcome.Script)
        {
            _recent.Add(path, location, lookedAt);
        }

        return location;
    }
}
