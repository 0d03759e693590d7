using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Cgi;

/// <summary>
/// A document root that leads over symbolic links, which a deployment may switch at any time. One resolver, and so one request, sees one
/// directory: its scripts are looked up where the application will open them.
/// </summary>
internal sealed class LinkedRoot(string path, ApplicationSettings settings, ScriptLookup unresolved, TimeProvider timeProvider)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    // Swapped whole. Two requests may both look at the links; the results are the same.
    private volatile State _state = new(path, unresolved, CheckedAt: null);

    /// <summary>Without looking at the links; null when it is time to.</summary>
    public ScriptLookup? Recent => _state is { CheckedAt: { } checkedAt } state && timeProvider.GetElapsedTime(checkedAt) < MaxAge ? state.Scripts : null;

    public ScriptLookup GetScripts()
    {
        if (Recent is { } recent)
        {
            return recent;
        }

        var state = _state;
        var now = timeProvider.GetTimestamp();
        var target = RealPath.Resolve(path);

        // A link that leads nowhere for a moment, or a root that only the application sees: what was known holds.
        var isSame = target is null || target == state.Target || !Directory.Exists(target);
        _state = state = isSame
            ? state with { CheckedAt = now }
            : new State(target!, new ScriptLookup(settings with { DocumentRoot = target, LocalRoot = target }, timeProvider), now);
        return state.Scripts;
    }

    private sealed record State(string Target, ScriptLookup Scripts, long? CheckedAt);
}
