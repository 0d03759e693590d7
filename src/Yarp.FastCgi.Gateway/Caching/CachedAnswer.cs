using System.Globalization;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>Answers a request with what is kept: the whole of it, its head, or that it has not changed.</summary>
internal static class CachedAnswer
{
    /// <summary>True of a representation, of which a 304 has none (RFC 9110 section 15.4.5). All other fields are sent with it: some are not only for caches.</summary>
    private static readonly string[] OfRepresentation = [HeaderNames.ContentEncoding, HeaderNames.ContentLanguage, HeaderNames.ContentLength, HeaderNames.ContentType];

    public static async ValueTask SendAsync(HttpContext context, CacheEntry entry, DateTimeOffset now, CacheStatus? status)
    {
        var response = context.Response;
        var isUnchanged = entry.StatusCode == StatusCodes.Status200OK && IsUnchanged(context.Request.Headers, entry);
        response.StatusCode = isUnchanged ? StatusCodes.Status304NotModified : entry.StatusCode;
        foreach (var (name, values) in entry.Headers)
        {
            if (!isUnchanged || !OfRepresentation.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                response.Headers[name] = values;
            }
        }

        response.Headers.Age = Math.Max(0, (long)(now - entry.Created).TotalSeconds).ToString(CultureInfo.InvariantCulture);
        if (status is not null)
        {
            response.Headers.Append(CacheStatus.FieldName, status.Field);
        }

        if (isUnchanged)
        {
            return;
        }

        response.ContentLength = entry.Body.Length;
        if (!HttpMethods.IsHead(context.Request.Method) && !entry.Body.IsEmpty)
        {
            await response.BodyWriter.WriteAsync(entry.Body, context.RequestAborted).ConfigureAwait(false);
        }
    }

    // RFC 9110 section 13.2.2: with If-None-Match the date does not count. The comparison is the weak one.
    private static bool IsUnchanged(IHeaderDictionary request, CacheEntry entry)
    {
        var asked = request.IfNoneMatch;
        if (asked.Count > 0)
        {
            return asked.ToString().Trim() == "*"
                || (EntityTagHeaderValue.TryParse(entry.Header(HeaderNames.ETag).ToString(), out var tag)
                    && EntityTagHeaderValue.TryParseList(asked, out var tags)
                    && tags.Any(other => tag.Compare(other, useStrongComparison: false)));
        }

        return request.IfModifiedSince.Count > 0
            && HeaderUtilities.TryParseDate(request.IfModifiedSince.ToString(), out var since)
            && HeaderUtilities.TryParseDate(entry.Header(HeaderNames.LastModified).ToString(), out var modified)
            && modified <= since;
    }
}
