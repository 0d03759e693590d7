using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Forwarder;
using Yarp.ReverseProxy.Forwarder;

namespace Yarp.FastCgi.Authorization;

/// <summary>
/// What the client gets in place of what it asked for: the authorizer's own response, which is still to be read, or the status of a failure.
/// </summary>
internal sealed class AuthorizerRefusal : IAsyncDisposable
{
    private readonly ILogger _logger;
    private readonly RequestSite _site;
    private readonly ForwardingFailure _failure;
    private readonly Exception? _exception;
    private readonly ResponseHead _head;
    private readonly Action<ForwarderError, Exception?>? _report;
    private FastCgiExchange? _exchange;

    private AuthorizerRefusal(RequestSite site, ILogger logger, ForwardingFailure failure, Exception exception)
    {
        _site = site;
        _logger = logger;
        _failure = failure;
        _exception = exception;
    }

    private AuthorizerRefusal(ILogger logger, FastCgiExchange exchange, ResponseHead head, Action<ForwarderError, Exception?> report)
    {
        _site = exchange.Site;
        _logger = logger;
        _exchange = exchange;
        _head = head;
        _report = report;
    }

    /// <summary>The authorizer could not be asked, or its answer is not sound.</summary>
    public static AuthorizerRefusal ByFailure(ForwardingFailure failure, Exception exception, RequestSite site, ILogger logger)
        => new(site, logger, failure, exception);

    /// <summary>The authorizer has refused. Its connection is held until the response was given, at the latest until the request ends.</summary>
    /// <param name="context">The request.</param>
    /// <param name="exchange">The exchange, whose head has been read.</param>
    /// <param name="head">The head.</param>
    /// <param name="report">Hears how the exchange ended: what failed, if anything did.</param>
    /// <param name="logger">Hears of what fails.</param>
    public static AuthorizerRefusal ByAnswer(
        HttpContext context, FastCgiExchange exchange, ResponseHead head, Action<ForwarderError, Exception?> report, ILogger logger)
    {
        var refusal = new AuthorizerRefusal(logger, exchange, head, report);
        context.Response.RegisterForDisposeAsync(refusal);
        return refusal;
    }

    /// <summary>Answers the client.</summary>
    public async Task GiveAsync(HttpContext context)
    {
        if (_exception is not null)
        {
            await FailureAnswer.GiveAsync(context, _failure, _exception, transformer: null, _site, headIsRead: false, _logger).ConfigureAwait(false);
            return;
        }

        if (_exchange is not { } exchange)
        {
            throw new InvalidOperationException("The authorizer's response was given before.");
        }

        try
        {
            context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
            await DirectResponse.CopyAsync(context, exchange, _head, HiddenFields.AuthorizerVariables, _site, _logger).ConfigureAwait(false);
            _report!(ForwarderError.None, null);
        }
        catch (Exception exception) when (ForwardingFailure.Classify(exception, clientBodyFailure: null, context, headIsRead: true) is { } failure)
        {
            exchange.OnFailure(ErrorTypes.Get(failure, exception), exception.Message);
            await FailureAnswer.GiveAsync(context, failure, exception, transformer: null, _site, headIsRead: true, _logger).ConfigureAwait(false);
            _report!(failure.Error, exception);
        }
        finally
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_exchange is { } exchange)
        {
            _exchange = null;
            await exchange.DisposeAsync().ConfigureAwait(false);
        }
    }
}
