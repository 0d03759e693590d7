using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.Timeouts;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Diagnostics;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>How a request ended, in a word: what HAProxy says by the first letter of its termination state. The words of failures are those of <c>error.type</c>.</summary>
internal static class Termination
{
    /// <summary>The application's whole response was passed on.</summary>
    public const string Complete = "complete";

    /// <summary>The gateway answered itself: a file, a cached response, a redirect, a refusal.</summary>
    public const string Gateway = "gateway";

    /// <summary>The client went away.</summary>
    public const string Canceled = "canceled";

    /// <summary>The route's Timeout was over.</summary>
    public const string RequestTimeout = "request_timeout";

    /// <summary>Something threw that the gateway does not explain.</summary>
    public const string Failed = "failed";

    public static string Of(HttpContext context, ForwardRecord record, bool hasThrown)
    {
        if (context.Features.Get<IForwarderErrorFeature>() is { } failure)
        {
            return record.ErrorType ?? (failure.Exception is FastCgiException known ? ErrorTypes.Get(known.Error) : IsTimeout(context) ? RequestTimeout : Word(failure.Error));
        }

        if (IsTimeout(context))
        {
            return RequestTimeout;
        }

        return context.RequestAborted.IsCancellationRequested ? Canceled
            : hasThrown ? Failed
            : record.Attempts > 0 || context.Features.Get<IReverseProxyFeature>()?.ProxiedDestination is not null ? Complete
            : Gateway;
    }

    private static bool IsTimeout(HttpContext context) => context.Features.Get<IHttpRequestTimeoutFeature>() is { RequestTimeoutToken.IsCancellationRequested: true };

    /// <summary>YARP's name of what failed, in the spelling of the others: RequestBodyClient is request_body_client.</summary>
    private static string Word(ForwarderError error)
    {
        if (error is ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled or ForwarderError.UpgradeRequestCanceled or ForwarderError.UpgradeResponseCanceled)
        {
            return Canceled;
        }

        var word = new StringBuilder();
        foreach (var letter in error.ToString())
        {
            if (char.IsUpper(letter) && word.Length > 0)
            {
                word.Append('_');
            }

            word.Append(char.ToLower(letter, CultureInfo.InvariantCulture));
        }

        return word.ToString();
    }
}
