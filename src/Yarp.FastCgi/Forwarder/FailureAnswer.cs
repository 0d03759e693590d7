using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Forwarder;

/// <summary>Tells everybody that forwarding failed: YARP by the error feature, the operator by a log event, the client by a status or a reset.</summary>
internal static class FailureAnswer
{
    public static async ValueTask GiveAsync(
        HttpContext context, ForwardingFailure failure, Exception exception, HttpTransformer? transformer, RequestSite site, bool headIsRead, ILogger logger)
    {
        context.Features.Set<IForwarderErrorFeature>(new FastCgiErrorFeature(failure.Error, exception));
        var response = context.Response;
        if (response.HasStarted || HasUnflushedBody(response))
        {
            LogFailure(logger, failure, exception, site, isCut: true);
            Reset(context, failure.IsCanceled);
            return;
        }

        if (headIsRead)
        {
            // Status and fields of the application's response may have been set.
            response.Clear();
        }

        response.StatusCode = failure.StatusCode;
        if (failure.StatusCode == StatusCodes.Status503ServiceUnavailable)
        {
            response.Headers.RetryAfter = "1";
        }

        if (failure.Error == ForwarderError.RequestBodyClient && (HttpProtocol.IsHttp11(context.Request.Protocol) || HttpProtocol.IsHttp10(context.Request.Protocol)))
        {
            // Where the next request begins is not known: the server closes, and the client hears of it.
            response.Headers.Connection = "close";
        }

        LogFailure(logger, failure, exception, site, isCut: false);
        if (transformer is not null)
        {
            // Session affinity and others want to hear of it.
            await transformer.TransformResponseAsync(context, proxyResponse: null, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static void LogFailure(ILogger logger, ForwardingFailure failure, Exception exception, RequestSite site, bool isCut)
    {
        var cause = logger.IsEnabled(LogLevel.Debug) ? exception : null;
        if (failure.IsCanceled)
        {
            if (logger.IsEnabled(LogLevel.Debug))
            {
                Log.RequestCanceled(site.Scoped(logger), site.ToString(), exception.Message, cause);
            }
        }
        else if (isCut)
        {
            Log.ResponseCutShort(site.Scoped(logger), Name(failure, exception), site.ToString(), exception.Message, cause);
        }
        else
        {
            Log.ForwardingFailed(site.Scoped(logger), Name(failure, exception), site.ToString(), failure.StatusCode, exception.Message, cause);
        }
    }

    private static string Name(ForwardingFailure failure, Exception exception)
        => exception is FastCgiException fastCgi ? fastCgi.Error.ToString() : failure.Error.ToString();

    /// <summary>The client must not take a part for the whole (E25, E57): a TCP reset, or RST_STREAM.</summary>
    private static void Reset(HttpContext context, bool isCanceled)
    {
        // RFC 9113, section 7: CANCEL and INTERNAL_ERROR.
        const int Cancel = 8;
        const int InternalError = 2;
        if (!isCanceled)
        {
            // The reset cancels the server's token, sooner or later. YARP's passive health checks look at it: what they see canceled was
            // the client's doing, and the destination goes unpunished.
            context.RequestAborted = CancellationToken.None;
        }

        if (context.Features.Get<IHttpResetFeature>() is { } reset)
        {
            reset.Reset(isCanceled ? Cancel : InternalError);
        }
        else
        {
            context.Abort();
        }
    }

    private static bool HasUnflushedBody(HttpResponse response)
        => response.BodyWriter.CanGetUnflushedBytes && response.BodyWriter.UnflushedBytes > 0;
}
