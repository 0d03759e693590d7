using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;

namespace Yarp.FastCgi.Forwarder;

/// <summary>The page in place of an application's error response (InterceptErrors): the status, and nothing about what is behind it.</summary>
internal static class ErrorPage
{
    /// <summary>Writes the page for the status that is set.</summary>
    public static Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        var title = string.Create(CultureInfo.InvariantCulture, $"{response.StatusCode} {ReasonPhrases.GetReasonPhrase(response.StatusCode)}").TrimEnd();
        var page = Encoding.UTF8.GetBytes($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>{title}</title>
            </head>
            <body>
            <main>
            <h1>{title}</h1>
            <p>The request could not be answered as asked.</p>
            </main>
            </body>
            </html>

            """);
        response.Headers.ContentDisposition = default;
        response.Headers.ContentLanguage = default;
        response.ContentType = "text/html; charset=utf-8";
        response.ContentLength = page.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.Body.WriteAsync(page, context.RequestAborted).AsTask();
    }
}
