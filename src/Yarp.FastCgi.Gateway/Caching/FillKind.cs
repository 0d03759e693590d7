namespace Yarp.FastCgi.Gateway.Caching;

internal enum FillKind
{
    /// <summary>The client went away, or the response broke off: the next one fetches.</summary>
    Failed,

    /// <summary>There is a response for all of them.</summary>
    Stored,

    /// <summary>The response is one client's: each fetches its own, at once.</summary>
    Uncacheable,

    /// <summary>The application failed: who has an old response serves it.</summary>
    Error,
}
