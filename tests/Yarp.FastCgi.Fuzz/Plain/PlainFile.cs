namespace Yarp.FastCgi.Fuzz.Plain;

/// <summary>Which file a path leads to.</summary>
internal enum PlainFile
{
    /// <summary>None.</summary>
    None,

    /// <summary>One below the root.</summary>
    Inside,

    /// <summary>One that is not, over a link.</summary>
    Outside,

    /// <summary>A link that leads to nothing, or to itself.</summary>
    LinkToNothing,
}
