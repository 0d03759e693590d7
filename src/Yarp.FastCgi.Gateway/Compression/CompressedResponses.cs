using Microsoft.AspNetCore.ResponseCompression;

namespace Yarp.FastCgi.Gateway.Compression;

/// <summary>ASP.NET Core's response compression, and what it leaves out of the header fields of a response that it compresses.</summary>
internal static class CompressedResponses
{
    private const string Weak = "W/";

    public static void Add(IServiceCollection services, CompressionOptions options)
    {
        if (!options.Enabled)
        {
            return;
        }

        services.AddSingleton<IResponseCompressionProvider>(provider => new CompressionChoice(provider, options));
        services.AddResponseCompression();
    }

    /// <summary>In front of everything that answers.</summary>
    public static void Use(WebApplication app, CompressionOptions options)
    {
        if (!options.Enabled)
        {
            return;
        }

        app.Use(next => context =>
        {
            context.Response.OnStarting(static state =>
            {
                Complete((HttpContext)state);
                return Task.CompletedTask;
            }, context);
            return next(context);
        });
        app.UseResponseCompression();
    }

    /// <summary>Puts middleware in that serves files, so that tags of files which have become weak by compression are known again.</summary>
    public static void UseFiles(WebApplication app, CompressionOptions options, Action<WebApplication> files)
    {
        if (!options.Enabled)
        {
            files(app);
            return;
        }

        app.Use(TagsAsked.ShowStrong);
        files(app);
        app.Use(TagsAsked.ShowOriginal);
    }

    private static void Complete(HttpContext context)
    {
        var response = context.Response;
        if (response.StatusCode == StatusCodes.Status304NotModified)
        {
            AnswerWithTheTagAsked(context);
        }
        else if (CompressionChoice.HasCompressed(context) && response.Headers.ContentEncoding.Count > 0)
        {
            Weaken(response);
        }
    }

    // The same tag stands for the compressed and the plain response, which are not the same bytes (RFC 9110 section 8.8.1).
    private static void Weaken(HttpResponse response)
    {
        if (response.Headers.ETag.ToString() is ['"', ..] tag)
        {
            response.Headers.ETag = Weak + tag;
        }
    }

    // The client has it under the weak tag: a strong one would be another response's (RFC 9111 section 4.3.4).
    private static void AnswerWithTheTagAsked(HttpContext context)
    {
        if (context.Response.Headers.ETag.ToString() is ['"', ..] tag
            && TagsAsked.Of(context).ToString().Contains(Weak + tag, StringComparison.Ordinal))
        {
            context.Response.Headers.ETag = Weak + tag;
        }
    }
}
