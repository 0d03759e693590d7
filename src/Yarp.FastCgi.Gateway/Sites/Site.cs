using System.Text.Json;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Files;
using Yarp.FastCgi.Gateway.StaticFiles;
using Yarp.FastCgi.Threading;
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

    // By whether the method is one that files answer.
    private readonly RecentLookups<PassedOn>[] _passedOn;

    private Site(SiteRules rules, ApplicationSettings application, TimeProvider timeProvider)
    {
        _rules = rules;
        _answers = [.. rules.Answers.Select(static rule => (SitePatterns.Parse(rule.Match), rule))];
        _denied = SitePatterns.Parse(rules.Denied);
        _static = [.. rules.Static.Select(static rule => new SiteStaticFields(rule))];
        _files = new StaticFileLookup(application, rules.RootFiles, rules.Aliases);
        _headers = [.. rules.Headers];
        _passedOn = [new(application.CheckFileMaxAge, timeProvider), new(application.CheckFileMaxAge, timeProvider)];
    }

    /// <returns>Null for a route that is no site.</returns>
    public static Site? Create(RouteModel route, TimeProvider timeProvider)
    {
        var rules = route.Config.Metadata?.GetValueOrDefault(SiteRules.MetadataKey) is { } json ? JsonSerializer.Deserialize(json, SiteJson.Default.SiteRules) : null;
        return rules is null ? null : new Site(rules, SettingsResolver.ResolveApplication(route.Cluster?.Model?.Config.Metadata, route.Config.Metadata), timeProvider);
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
        // What to do next is decided by the method and by looking at files; that the application answers holds for a moment.
        var isRead = HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method);
        return _passedOn[isRead ? 1 : 0].TryGet(path, out var passedOn) ? PassOn(context, passedOn.Path, next) : LookUpAsync(context, path, isRead, next);
    }

    private async Task LookUpAsync(HttpContext context, string path, bool isRead, RequestDelegate next)
    {
        await WorkerThread.SwitchAsync();
        var requested = path;
        var rule = FindRule(path);
        if (rule?.Status is { } status)
        {
            AnswerWith(context, status, rule.Location);
            return;
        }

        if (SitePatterns.AnyMatches(_denied, path))
        {
            AnswerWith(context, StatusCodes.Status404NotFound);
            return;
        }

        var recent = _passedOn[isRead ? 1 : 0];
        var lookedAt = recent.Begin();
        if (rule?.Rewrite is { } rewrite && !(rule.FilesOnly && (_files.NamesScript(path) || (isRead && _files.Find(path).File is not null))))
        {
            path = ScriptResolver.Expand(rewrite, path);
        }

        if (isRead && _files.Find(path) is { File: not null } target)
        {
            context.Request.Path = new PathString(path);
            await SendAsync(context, target);
            return;
        }

        // The index of a directory may be a script.
        if (!_rules.HasApplication || (rule is { FilesOnly: true, Rewrite: null } && !path.EndsWith('/') && !_files.NamesScript(path)))
        {
            AnswerWith(context, StatusCodes.Status404NotFound);
            return;
        }

        recent.Add(requested, new PassedOn(path), lookedAt);
        await PassOn(context, path, next);
    }

    private static Task PassOn(HttpContext context, string path, RequestDelegate next)
    {
        if (!ReferenceEquals(path, context.Request.Path.Value))
        {
            context.Request.Path = new PathString(path);
        }

        return next(context);
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
            AnswerWith(context, StatusCodes.Status404NotFound);
            return Task.CompletedTask;
        }

        if (target.NeedsSlash)
        {
            RedirectToSlash(context);
            return Task.CompletedTask;
        }

        return SiteStaticAnswer.SendAsync(context, target, Array.Find(_static, rule => rule.Matches(target.UrlPath)));
    }

    private static void AnswerWith(HttpContext context, int status, string? location = null)
    {
        context.Response.StatusCode = status;
        if (location is not null)
        {
            context.Response.Headers.Location = RedirectLocation.Expand(location, context);
        }
    }

    private static void RedirectToSlash(HttpContext context)
    {
        var request = context.Request;
        context.Response.StatusCode = StatusCodes.Status308PermanentRedirect;
        context.Response.Headers.Location = (request.PathBase + request.Path + new PathString("/")).ToUriComponent() + request.QueryString.ToUriComponent();
    }

    /// <summary>A request that no file answered.</summary>
    /// <param name="Path">Its path, rewritten if a rule says so.</param>
    private readonly record struct PassedOn(string Path);
}
