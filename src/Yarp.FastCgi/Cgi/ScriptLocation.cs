namespace Yarp.FastCgi.Cgi;

/// <summary>
/// Where a request path leads: the script's path below the root and the rest of the path (RFC 3875, sections 4.1.5 and 4.1.13),
/// slices of one string, and the file as the application names it.
/// </summary>
internal readonly struct ScriptLocation
{
    private ScriptLocation(ScriptOutcome outcome, string scriptName, string pathInfo, string scriptFileName, string? documentRoot)
    {
        Outcome = outcome;
        ScriptName = scriptName;
        PathInfo = pathInfo;
        ScriptFileName = scriptFileName;
        DocumentRoot = documentRoot;
    }

    public ScriptOutcome Outcome { get; }

    /// <summary>Without the mount prefix; empty when the application serves the whole tree.</summary>
    public string ScriptName { get; }

    public string PathInfo { get; }

    public string ScriptFileName { get; }

    /// <summary>The root as the application sees it, of which the file was found; null when there is none.</summary>
    public string? DocumentRoot { get; }

    public static ScriptLocation Script(string scriptName, string pathInfo, string scriptFileName, string? documentRoot)
        => new(ScriptOutcome.Script, scriptName, pathInfo, scriptFileName, documentRoot);

    public static ScriptLocation None(ScriptOutcome outcome) => new(outcome, "", "", "", documentRoot: null);
}
