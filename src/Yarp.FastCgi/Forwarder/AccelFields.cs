using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.OutputCaching;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Forwarder;

/// <summary>
/// What an application asks for the delivery of its response, by nginx's names: X-Accel-Limit-Rate (bytes per second, 0 for no limit),
/// X-Accel-Expires (how long the cache in front may keep it: seconds, or @ and seconds since 1970; 0 for not at all) and X-Accel-Buffering (no for what is to
/// reach the client at once). As with nginx, a value that is none of these is ignored.
/// </summary>
internal struct AccelFields : IResponseHeaderHandler
{
    private long _bytesPerSecond;
    private long? _expires;
    private bool _isPointInTime;
    private bool _isUnbuffered;

    /// <summary>Does what the head at hand asks for.</summary>
    public static void Apply(HttpContext context, FastCgiExchange exchange, TimeProvider timeProvider)
    {
        var fields = default(AccelFields);
        exchange.Response.ReportHead(ref fields);
        if (fields._isUnbuffered)
        {
            context.Features.GetRequiredFeature<IHttpResponseBodyFeature>().DisableBuffering();
        }

        if (fields._bytesPerSecond > 0)
        {
            var body = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
            context.Features.Set<IHttpResponseBodyFeature>(new LimitedResponseBody(body, fields._bytesPerSecond, timeProvider, exchange.Progress));
        }

        if (fields._expires is { } expires && context.Features.Get<IOutputCacheFeature>()?.Context is { } cache)
        {
            SetExpiration(cache, fields._isPointInTime ? expires - timeProvider.GetUtcNow().ToUnixTimeSeconds() : expires);
        }
    }

    public void OnHeader(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (Ascii.EqualsIgnoreCase(name, "X-Accel-Limit-Rate"u8))
        {
            _bytesPerSecond = ReadNumber(value) ?? _bytesPerSecond;
        }
        else if (Ascii.EqualsIgnoreCase(name, "X-Accel-Expires"u8))
        {
            _isPointInTime = value.StartsWith((byte)'@');
            _expires = ReadNumber(_isPointInTime ? value[1..] : value);
        }
        else if (Ascii.EqualsIgnoreCase(name, "X-Accel-Buffering"u8))
        {
            _isUnbuffered = Ascii.EqualsIgnoreCase(value, "no"u8);
        }
    }

    private static void SetExpiration(OutputCacheContext cache, long seconds)
    {
        if (seconds <= 0)
        {
            cache.AllowCacheStorage = false;
        }
        else
        {
            cache.ResponseExpirationTimeSpan = TimeSpan.FromSeconds(Math.Min(seconds, int.MaxValue));
        }
    }

    private static long? ReadNumber(ReadOnlySpan<byte> value)
        => Utf8Parser.TryParse(value, out long number, out var length) && length == value.Length && number >= 0 ? number : null;
}
