using Yarp.FastCgi.Client;

namespace Yarp.FastCgi.Health;

/// <summary>The answer to a probe: read whole, within limits, while the probe's own timeout runs.</summary>
internal static class ProbeAnswer
{
    /// <summary>What lies behind so many bytes of a body is not looked at. php-fpm's status has some 500.</summary>
    public const int MaxBodySize = 64 * 1024;

    /// <summary>A copy of the response with its body in memory.</summary>
    /// <exception cref="HttpRequestException">The body failed; the inner exception says how.</exception>
    public static async Task<HttpResponseMessage> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var buffer = new byte[MaxBodySize];
        var length = await ReadAsync(response.Content, buffer, cancellationToken).ConfigureAwait(false);
        return new HttpResponseMessage(response.StatusCode)
        {
            ReasonPhrase = response.ReasonPhrase,
            RequestMessage = response.RequestMessage,
            Content = new ByteArrayContent(buffer, 0, length),
        };
    }

    /// <summary>Whether the probe had to wait too long, rather than being refused or answered badly.</summary>
    public static bool IsLate(Exception exception)
        => exception is OperationCanceledException || Error(exception)
            is FastCgiError.ResponseHeadTimeout or FastCgiError.ActivityTimeout or FastCgiError.ConnectTimeout or FastCgiError.QueueTimeout or FastCgiError.QueueFull;

    /// <summary>What a probe failed with that says nothing about the destination.</summary>
    public static HttpRequestException Busy(FastCgiEndpoint endpoint, Exception exception)
    {
        var message = $"The probe had no answer in time while {endpoint} was busy with requests: its workers are occupied, not dead. Probe an address of their own (pm.status_listen).";
        return new HttpRequestException(message, new FastCgiException(FastCgiError.QueueTimeout, message, exception));
    }

    /// <summary>Whether the exception is one of <see cref="Busy"/>.</summary>
    public static bool IsBusy(Exception? exception) => Error(exception) is FastCgiError.QueueTimeout;

    private static async Task<int> ReadAsync(HttpContent content, byte[] buffer, CancellationToken cancellationToken)
    {
        try
        {
            var body = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            return await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        }
        catch (FastCgiException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new HttpRequestException(exception.Message, exception);
        }
    }

    private static FastCgiError? Error(Exception? exception) => (exception as HttpRequestException)?.InnerException is FastCgiException failure ? failure.Error : null;
}
