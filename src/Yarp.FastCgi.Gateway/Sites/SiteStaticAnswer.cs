using Microsoft.Net.Http.Headers;
using Yarp.FastCgi.Forwarder;
using Yarp.FastCgi.Gateway.StaticFiles;

namespace Yarp.FastCgi.Gateway.Sites;

/// <summary>Sends a static file: the compressed copy that the client takes, with the fields of the first rule that its path matches.</summary>
internal static class SiteStaticAnswer
{
    public static Task SendAsync(HttpContext context, StaticTarget target, SiteStaticFields? fields)
    {
        var response = context.Response;
        response.ContentType = target.ContentType;
        var copy = PrecompressedFile.Choose(target.File!, context.Request.Headers.AcceptEncoding.ToString(), out var varies);
        if (varies)
        {
            response.Headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        }

        fields?.Apply(response.Headers);
        if (copy is { } compressed)
        {
            response.Headers.ContentEncoding = compressed.Coding;
            return FileAnswer.SendAsync(context, compressed.Path, compressed.Coding);
        }

        return FileAnswer.SendAsync(context, target.File!);
    }
}
