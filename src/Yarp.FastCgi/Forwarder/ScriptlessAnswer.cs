using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The answer to a request whose path leads to no script: the application is not asked.</summary>
internal static class ScriptlessAnswer
{
    public static async ValueTask GiveAsync(
        HttpContext context, ScriptOutcome outcome, CgiRequest request, HttpTransformer? transformer, RequestSite site, ILogger logger)
    {
        if (request.IsForError)
        {
            await GiveErrorPageAsync(context, request, transformer, site, logger).ConfigureAwait(false);
            return;
        }

        var response = context.Response;
        switch (outcome)
        {
            case ScriptOutcome.InvalidPath:
                response.StatusCode = StatusCodes.Status400BadRequest;
                break;

            case ScriptOutcome.DirectoryWithoutSlash:
                response.StatusCode = StatusCodes.Status308PermanentRedirect;
                var path = request.RedirectUrl is null ? context.Request.Path : new PathString(request.Path);
                var location = context.Request.PathBase + path + new PathString("/");
                response.Headers.Location = location.ToUriComponent() + request.Query;
                break;

            default:
                response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }

        LogOutcome(logger, outcome, request, site, response.StatusCode);
    }

    private static void LogOutcome(ILogger logger, ScriptOutcome outcome, in CgiRequest request, RequestSite site, int statusCode)
    {
        switch (outcome)
        {
            case ScriptOutcome.InvalidPath:
                Log.PathRefused(site.Scoped(logger), ControlCharacters.Quote(request.Path), site.ToString(), statusCode);
                break;

            case ScriptOutcome.OutsideRoot:
                Log.ScriptOutsideRoot(site.Scoped(logger), ControlCharacters.Quote(request.Path), site.ToString(), statusCode);
                break;

            default:
                if (logger.IsEnabled(LogLevel.Debug))
                {
                    Log.ScriptNotFound(site.Scoped(logger), ControlCharacters.Quote(request.RequestUri), site.ToString(), outcome.ToString(), statusCode);
                }

                break;
        }
    }

    /// <summary>The error script that is to explain the application's error is missing itself.</summary>
    private static async ValueTask GiveErrorPageAsync(HttpContext context, CgiRequest request, HttpTransformer? transformer, RequestSite site, ILogger logger)
    {
        Log.ErrorPathNotFound(site.Scoped(logger), request.Path, site.ToString(), request.RedirectStatus);
        context.Response.StatusCode = request.RedirectStatus;
        if (transformer is not null)
        {
            await transformer.TransformResponseAsync(context, proxyResponse: null, CancellationToken.None).ConfigureAwait(false);
        }

        await ErrorPage.WriteAsync(context).ConfigureAwait(false);
    }
}
