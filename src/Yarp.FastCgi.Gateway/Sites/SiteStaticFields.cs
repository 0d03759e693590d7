using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>A rule for the fields of static files.</summary>
internal sealed class SiteStaticFields(SiteRules.StaticRule rule)
{
    private readonly PathPattern[] _patterns = SitePatterns.Parse(rule.Match);

    public bool Matches(string path) => SitePatterns.AnyMatches(_patterns, path);

    public void Apply(IHeaderDictionary headers)
    {
        if (rule.CacheControl is not null)
        {
            headers.CacheControl = rule.CacheControl;
        }

        foreach (var (name, value) in rule.Headers)
        {
            headers[name] = value;
        }
    }
}
