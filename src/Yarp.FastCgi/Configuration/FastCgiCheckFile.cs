namespace Yarp.FastCgi;

/// <summary>How a request path becomes a script: by looking at the files, by its text alone, or not at all.</summary>
public enum FastCgiCheckFile
{
    /// <summary>
    /// As <see cref="On"/> when the root directory exists on this machine; otherwise the path is split behind the first
    /// script extension, without looking at files. The default.
    /// </summary>
    Auto,

    /// <summary>Scripts are looked up below the root on this machine; a missing one is 404 and never reaches the application.</summary>
    On,

    /// <summary>
    /// The application serves the whole tree (Django, Rails, Go): SCRIPT_NAME is the mount prefix and PATH_INFO everything behind it.
    /// </summary>
    Off,
}
