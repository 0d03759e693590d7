using System.Text.Json;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Gateway.StaticFiles;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>What a running site does with a request before, or in place of, its application.</summary>
internal sealed class Site
{
    private readonly SiteRules _rules;
    private readonly (PathPattern[] Patterns, SiteRules.AnswerRule Rule)[] _answers;
    private readonly PathPattern[] _denied;
    private readonly SiteStaticFields[] _static;
    private readonly StaticFileLookup _files;
    private readonly KeyValuePair<string, string>[] _headers;

    private Site(SiteRules rules, ApplicationSettings application)
    {
        _rules = rules;
        _answers = [.. rules.Answers.Select(static rule => (SitePatterns.Parse(rule.Match), rule))];
        _denied = SitePatterns.Parse(rules.Denied);
        _static = [.. rules.Static.Select(static rule => new SiteStaticFields(rule))];
        _files = new StaticFileLookup(application, rules.RootFiles, rules.Aliases);
        _headers = [.. rules.Headers];
    }

    /// <returns>Null for a route that is no site.</returns>
    public static Site? Create(RouteModel route)
    {
        var rules = route.Config.Metadata?.GetValueOrDefault(SiteRules.MetadataKey) is { } json ? JsonSerializer.Deserialize(json, SiteJson.Default.SiteRules) : null;
        return rules is null ? null : new Site(rules, SettingsResolver.ResolveApplication(route.Cluster?.Model?.Config.Metadata, route.Config.Metadata));
    }

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (_headers.Length > 0)
        {
            context.Response.OnStarting(static state =>
            {
                var (response, headers) = ((HttpResponse, KeyValuePair<string, string>[]))state;
                foreach (var (name, value) in headers)
                {
                    response.Headers.TryAdd(name, value);
                }

                return Task.CompletedTask;
            }, (context.Response, _headers));
        }

        return _rules.Prefix.Length == 0 ? AnswerAsync(context, context.Request.Path.Value ?? "", next) : InvokeBelowAsync(context, next);
    }

    /// <summary>The prefix is the mount prefix of the application: it is a part of SCRIPT_NAME, and of no file's path.</summary>
    private async Task InvokeBelowAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var (pathBase, path) = (request.PathBase, request.Path);
        var full = path.Value ?? "";
        if (full.Length <= _rules.Prefix.Length)
        {
            RedirectToSlash(context);
            return;
        }

        request.PathBase = pathBase.Add(new PathString(full[.._rules.Prefix.Length]));
        request.Path = new PathString(full[_rules.Prefix.Length..]);
        try
        {
            await AnswerAsync(context, request.Path.Value!, next);
        }
        finally
        {
            (request.PathBase, request.Path) = (pathBase, path);
        }
    }

    private Task AnswerAsync(HttpContext context, string path, RequestDelegate next)
    {
        var rule = FindRule(path);
        if (rule?.Status is { } status)
        {
            return AnswerWith(context, status, rule.Location);
        }

        if (SitePatterns.AnyMatches(_denied, path))
        {
            return AnswerWith(context, StatusCodes.Status404NotFound);
        }

        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        if (rule?.Rewrite is { } rewrite && !(rule.FilesOnly && (_files.NamesScript(path) || (isRead && _files.Find(path).File is not null))))
        {
            path = ScriptResolver.Expand(rewrite, path);
            context.Request.Path = new PathString(path);
        }

        if (isRead && _files.Find(path) is { File: not null } target)
        {
            return SendAsync(context, target);
        }

        // The index of a directory may be a script.
        return !_rules.HasApplication || (rule is { FilesOnly: true, Rewrite: null } && !path.EndsWith('/') && !_files.NamesScript(path)) ? AnswerWith(context, StatusCodes.Status404NotFound) : next(context);
    }

    private SiteRules.AnswerRule? FindRule(string path)
    {
        foreach (var (patterns, rule) in _answers)
        {
            if (SitePatterns.AnyMatches(patterns, path))
            {
                return rule;
            }
        }

        return null;
    }

    private Task SendAsync(HttpContext context, StaticTarget target)
    {
        // A front page that TryFiles or Index leads to is denied by its own path as well.
        if (SitePatterns.AnyMatches(_denied, target.UrlPath))
        {
            return AnswerWith(context, StatusCodes.Status404NotFound);
        }

        if (target.NeedsSlash)
        {
            RedirectToSlash(context);
            return Task.CompletedTask;
        }

        return SiteStaticAnswer.SendAsync(context, target, Array.Find(_static, rule => rule.Matches(target.UrlPath)));
    }

    private static Task AnswerWith(HttpContext context, int status, string? location = null)
    {
        context.Response.StatusCode = status;
        if (location is not null)
        {
            context.Response.Headers.Location = RedirectLocation.Expand(location, context);
        }

        return Task.CompletedTask;
    }

    private static void RedirectToSlash(HttpContext context)
    {
        var request = context.Request;
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = (request.PathBase + request.Path + new PathString("/")).ToUriComponent() + request.QueryString.ToUriComponent();
    }
}
