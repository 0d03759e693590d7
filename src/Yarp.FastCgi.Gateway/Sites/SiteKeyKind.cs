namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>How a key of a site is written, and with it how a site's value meets its preset's.</summary>
internal enum SiteKeyKind
{
    /// <summary>One value; the site's replaces the preset's.</summary>
    Text,

    /// <summary>A list of texts, or one text alone. The site's replaces the preset's; an element <c>{preset}</c> stands for all of those.</summary>
    List,

    /// <summary>A list of objects, merged as <see cref="List"/>.</summary>
    Rules,

    /// <summary>Names with values, merged by name.</summary>
    Map,

    /// <summary>An object with a schema of its own, merged by its values; a list in it is replaced as a whole.</summary>
    Section,
}
