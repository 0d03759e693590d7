using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Gateway.Compression;

/// <summary>
/// Shows the static file middleware the tags of If-None-Match as strong ones. It compares them as If-Range is compared, so that a file whose tag became weak by
/// compression would never be answered with 304. The application gets the field as it came.
/// </summary>
internal sealed class TagsAsked
{
    private readonly StringValues _original;

    private TagsAsked(StringValues original)
    {
        _original = original;
    }

    /// <summary>If-None-Match as the client sent it.</summary>
    public static StringValues Of(HttpContext context) => context.Features.Get<TagsAsked>()?._original ?? context.Request.Headers.IfNoneMatch;

    /// <summary>In front of the static files.</summary>
    public static Task ShowStrong(HttpContext context, RequestDelegate next)
    {
        var original = context.Request.Headers.IfNoneMatch;
        if (original.Count > 0 && EntityTagHeaderValue.TryParseList(original, out var tags) && tags.Any(tag => tag.IsWeak))
        {
            context.Features.Set(new TagsAsked(original));
            context.Request.Headers.IfNoneMatch = string.Join(", ", tags.Select(tag => tag.Tag));
        }

        return next(context);
    }

    /// <summary>Behind the static files.</summary>
    public static Task ShowOriginal(HttpContext context, RequestDelegate next)
    {
        context.Request.Headers.IfNoneMatch = Of(context);
        return next(context);
    }
}
