using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Gateway.Caching;

namespace Yarp.FastCgi.Gateway.ErrorPages;

/// <summary>
/// Sends a file with errors that would have no body: those of the gateway itself, and where it is asked for also those of applications. Nothing is asked again for a
/// page, so that no error leads to another.
/// </summary>
internal sealed class ErrorPageMiddleware(string directory, bool intercepts)
{
    /// <summary>Behind compression, in front of all that answers.</summary>
    public static void Use(WebApplication app, ErrorPageOptions options)
    {
        if (options.Directory is { } path)
        {
            app.Use(new ErrorPageMiddleware(path, options.Intercept).InvokeAsync);
        }
    }

    private async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var client = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        using var body = new CapturedResponse(client, limit: 0, () => new HeadVerdict(IsKept: false, IsDropped: intercepts && IsError(context) && Find(context) is not null), static () => { });
        context.Features.Set<IHttpResponseBodyFeature>(body);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            context.Features.Set(client);
        }

        if (IsError(context) && (body.IsDropped || IsEmpty(context, body)) && Find(context) is { } file)
        {
            await SendAsync(context, file).ConfigureAwait(false);
        }
    }

    private ErrorPageFile? Find(HttpContext context) => ErrorPageFile.Find(directory, context.Response.StatusCode, context.Request);

    private static bool IsError(HttpContext context) => context.Response.StatusCode is >= StatusCodes.Status400BadRequest and < 600 && !context.Response.HasStarted;

    // A length tells of a body, to HEAD as well.
    private static bool IsEmpty(HttpContext context, CapturedResponse body) => !body.HasPassed && context.Response.ContentLength is null or 0 && context.Response.ContentType is null;

    private static async Task SendAsync(HttpContext context, ErrorPageFile file)
    {
        var response = context.Response;
        foreach (var header in (ReadOnlySpan<string>)[HeaderNames.ContentEncoding, HeaderNames.ContentLanguage, HeaderNames.ContentDisposition, HeaderNames.ContentRange, HeaderNames.AcceptRanges, HeaderNames.ETag, HeaderNames.LastModified])
        {
            response.Headers.Remove(header);
        }

        // Whoever caches errors must not give one form for all.
        response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
        response.ContentType = file.ContentType;
        response.ContentLength = new FileInfo(file.Path).Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await response.SendFileAsync(file.Path, context.RequestAborted).ConfigureAwait(false);
        }
    }
}
