using Microsoft.AspNetCore.Cors.Infrastructure;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.Settings;

namespace Yarp.FastCgi.Gateway.Policies;

/// <summary>One of the sections below <c>Gateway:Cors</c>: a policy for the CorsPolicy of routes (Fetch standard, CORS protocol).</summary>
internal static class CorsPolicyReader
{
    private const string Any = "*";
    private const string Origins = nameof(CorsPolicy.Origins);
    private const string Methods = nameof(CorsPolicy.Methods);
    private const string Headers = nameof(CorsPolicy.Headers);
    private const string ExposedHeaders = nameof(CorsPolicy.ExposedHeaders);
    private const string Credentials = "Credentials";
    private const string MaxAge = "MaxAge";

    private static readonly TextFormat OriginFormat = new(
        "origins", "scheme and host, or `*`", "an origin without a path such as https://example.com, https://*.example.com for its subdomains, or *", IsOrigin);

    public static CorsPolicy Read(SectionReader section)
    {
        var policy = new CorsPolicyBuilder();
        var origins = section.ReadList(Origins, OriginFormat, []);
        var credentials = section.Read(Credentials, new BooleanFormat(), fallback: false);
        if (origins.Count == 0)
        {
            section.Refuse(Origins, "is missing: which origins may read the responses?");
        }

        var anyOrigin = origins.Contains(Any);
        if (anyOrigin && credentials)
        {
            section.Refuse(Origins, "is '*', which together with Credentials would let every site act as the user: name the origins.");
        }

        _ = anyOrigin ? policy.AllowAnyOrigin() : policy.WithOrigins([.. origins]).SetIsOriginAllowedToAllowWildcardSubdomains();
        if (credentials && !anyOrigin)
        {
            policy.AllowCredentials();
        }

        Apply(section.ReadList(Methods, TextFormat.Line, []), policy.WithMethods, policy.AllowAnyMethod);
        Apply(section.ReadList(Headers, TextFormat.Line, []), policy.WithHeaders, policy.AllowAnyHeader);
        policy.WithExposedHeaders([.. section.ReadList(ExposedHeaders, TextFormat.Line, [])]);
        if (section.TryRead(MaxAge, new TimeFormat(), out var maxAge))
        {
            policy.SetPreflightMaxAge(maxAge);
        }

        return policy.Build();
    }

    private static void Apply(IReadOnlyList<string> values, Func<string[], CorsPolicyBuilder> with, Func<CorsPolicyBuilder> any)
        => _ = values.Contains(Any) ? any() : with([.. values]);

    private static bool IsOrigin(string text)
        => text == Any
            || (Uri.TryCreate(text.Replace("://*.", "://any.", StringComparison.Ordinal), UriKind.Absolute, out var uri)
                && uri.Host.Length > 0
                && !text.EndsWith('/')
                && uri.PathAndQuery == "/"
                && uri.UserInfo.Length == 0
                && uri.Fragment.Length == 0);
}
