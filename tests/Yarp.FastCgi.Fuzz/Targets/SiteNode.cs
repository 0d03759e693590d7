namespace Yarp.FastCgi.Fuzz.Targets;

/// <summary>A file or a directory of a <see cref="SiteTree"/>.</summary>
/// <param name="isOutside">Whether it is outside of the site's root.</param>
/// <param name="children">What is in a directory, by name; null for a file.</param>
/// <param name="parent">The directory that it is in.</param>
internal sealed class SiteNode(bool isOutside, Dictionary<string, SiteNode>? children, SiteNode? parent)
{
    public SiteNode? Parent => parent;

    public bool IsOutside => isOutside;

    public bool IsFile => children is null;

    public Dictionary<string, SiteNode>? Children => children;
}
