using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Threading;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Sends a file in place of a response, with the conditional requests and ranges of ASP.NET Core's file results.</summary>
internal static class FileAnswer
{
    private const string UnknownType = "application/octet-stream";

    private static readonly FileExtensionContentTypeProvider ContentTypes = new();

    /// <param name="context">The request; status and fields of its response are set.</param>
    /// <param name="path">An existing file.</param>
    /// <param name="coding">The content coding that the file is in, which its entity tag then names; null for none.</param>
    public static async Task SendAsync(HttpContext context, string path, string? coding = null)
    {
        await WorkerThread.SwitchAsync();
        var response = context.Response;
        var type = response.ContentType ?? (ContentTypes.TryGetContentType(path, out var known) ? known : UnknownType);
        var file = new FileInfo(path);
        try
        {
            if (response.StatusCode != StatusCodes.Status200OK)
            {
                // An error page, for one: what it is a part or an older version of does not matter.
                response.ContentType = type;
                response.ContentLength = file.Length;
                if (!HttpMethods.IsHead(context.Request.Method))
                {
                    await response.SendFileAsync(path, context.RequestAborted).ConfigureAwait(false);
                }

                return;
            }

            var modified = file.LastWriteTimeUtc;
            var tag = new EntityTagHeaderValue(string.Create(CultureInfo.InvariantCulture, $"\"{modified.Ticks:x}-{file.Length:x}{(coding is null ? "" : "-")}{coding}\""));
            await TypedResults.PhysicalFile(path, type, lastModified: modified, entityTag: tag, enableRangeProcessing: true).ExecuteAsync(context).ConfigureAwait(false);
        }
        catch (Exception exception) when (!response.HasStarted && exception is UnauthorizedAccessException or FileNotFoundException)
        {
            response.StatusCode = exception is FileNotFoundException ? StatusCodes.Status404NotFound : StatusCodes.Status403Forbidden;
            response.Headers.CacheControl = default;
            response.Headers.ContentEncoding = default;
            response.Headers.ETag = default;
            response.Headers.LastModified = default;
            response.Headers.AcceptRanges = default;
            response.Headers.ContentRange = default;
            await ErrorPage.WriteAsync(context).ConfigureAwait(false);
        }
    }
}
