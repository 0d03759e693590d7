namespace Yarp.FastCgi.Cgi;

/// <summary>What a request path leads to.</summary>
internal enum ScriptOutcome
{
    /// <summary>A script, or an application that serves the whole tree.</summary>
    Script,

    /// <summary>Nothing: 404.</summary>
    NotFound,

    /// <summary>An existing file that is no script: 404 from here; serving it is the static file middleware's work.</summary>
    NotAScript,

    /// <summary>A script that a symbolic link out of the root leads to: 404, unless ScriptsOutsideRoot allows it.</summary>
    OutsideRoot,

    /// <summary>A directory named without its closing slash: 308 to the path with it.</summary>
    DirectoryWithoutSlash,

    /// <summary>A path that no file name may contain: 400.</summary>
    InvalidPath,
}
