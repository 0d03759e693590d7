namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>Where a param comes from; the page has one table for each.</summary>
internal enum ParamGroup
{
    /// <summary>A meta-variable of RFC 3875 section 4.1.</summary>
    Cgi,

    /// <summary>A request header, <c>HTTP_*</c> (section 4.1.18).</summary>
    Header,

    /// <summary>Custom of web servers, or configured.</summary>
    Other,
}
