namespace Yarp.FastCgi.FunctionalTests.Security;

/// <summary>How a site finds its scripts.</summary>
public enum ScriptLookup
{
    /// <summary>The files are on this machine.</summary>
    Files,

    /// <summary>They are on another one: the path is split by its text.</summary>
    Text,

    /// <summary>The application serves the whole tree.</summary>
    Tree,
}
