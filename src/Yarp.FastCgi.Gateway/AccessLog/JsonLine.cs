using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Yarp.FastCgi.Diagnostics;
using Yarp.FastCgi.Gateway.Configuration;

namespace Yarp.FastCgi.Gateway.AccessLog;

/// <summary>A line with one JSON object. A property without a value is left out; docs/access-log.md lists them.</summary>
internal static class JsonLine
{
    private const int MaxFieldLength = 2048;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(IBufferWriter<byte> output, AccessLogEntry entry, AccessLogOptions options)
    {
        using (var json = new Utf8JsonWriter(output, Options))
        {
            json.WriteStartObject();
            json.WriteString("time"u8, entry.Time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture));
            Write(json, "client"u8, entry.Client?.ToString());
            Write(json, "user"u8, entry.User);
            Write(json, "method"u8, entry.Method);
            Write(json, "scheme"u8, entry.Scheme);
            Write(json, "host"u8, entry.Host);
            Write(json, "target"u8, QueryText.Redact(entry.Target, options.IsSecret));
            Write(json, "protocol"u8, entry.Protocol);
            json.WriteNumber("status"u8, entry.StatusCode);
            if (entry.RequestBytes is { } received)
            {
                json.WriteNumber("request_bytes"u8, received);
            }

            json.WriteNumber("response_bytes"u8, entry.ResponseBytes);
            Write(json, "total_ms"u8, entry.Total);
            json.WriteString("termination"u8, entry.Termination);
            json.WriteString("phase"u8, PhaseWord(entry));
            Write(json, "cache"u8, entry.Cache);
            WriteUpstream(json, entry);
            Write(json, "referer"u8, entry.Referer is { } referer ? QueryText.Redact(referer, options.IsSecret) : null);
            Write(json, "user_agent"u8, entry.UserAgent);
            WriteHeaders(json, entry, options);
            Write(json, "trace_id"u8, entry.TraceId);
            json.WriteEndObject();
        }

        output.Write("\n"u8);
    }

    private static void WriteUpstream(Utf8JsonWriter json, AccessLogEntry entry)
    {
        Write(json, "route"u8, entry.RouteId);
        Write(json, "cluster"u8, entry.ClusterId);
        Write(json, "destination"u8, entry.DestinationId);
        Write(json, "upstream"u8, entry.Upstream);
        var forwarding = entry.Forwarding;
        if (forwarding.Attempts == 0)
        {
            return;
        }

        json.WriteNumber("attempts"u8, forwarding.Attempts);
        Write(json, "queue_ms"u8, forwarding.Queue);
        if (forwarding.Phase >= ForwardPhase.Head)
        {
            Write(json, "connect_ms"u8, forwarding.Connect);
            json.WriteBoolean("connection_reused"u8, forwarding.IsReused);
            json.WriteNumber("upstream_sent"u8, forwarding.Sent);
            json.WriteNumber("upstream_received"u8, forwarding.Received);
        }

        if (forwarding.Phase == ForwardPhase.Body)
        {
            Write(json, "first_byte_ms"u8, forwarding.FirstByte);
        }

        if (forwarding.StatusCode != 0)
        {
            json.WriteNumber("upstream_status"u8, forwarding.StatusCode);
        }
    }

    private static void WriteHeaders(Utf8JsonWriter json, AccessLogEntry entry, AccessLogOptions options)
    {
        if (entry.RequestHeaders.Count == 0)
        {
            return;
        }

        json.WriteStartObject("request_headers"u8);
        for (var i = 0; i < entry.RequestHeaders.Count; i++)
        {
            var name = options.RequestHeaders[i];
            if (entry.RequestHeaders[i] is { } value)
            {
                json.WriteString(name.ToLowerInvariant(), options.IsSecret(name) ? SecretRedactor.Replacement : Bound(value));
            }
        }

        json.WriteEndObject();
    }

    private static string PhaseWord(AccessLogEntry entry) => entry.Phase switch
    {
        ForwardPhase.Queue => "queue",
        ForwardPhase.Connect => "connect",
        ForwardPhase.Head => "head",
        ForwardPhase.Body => entry.Termination == Termination.Complete ? "end" : "body",
        _ => entry.Termination is Termination.Complete or Termination.Gateway ? "end" : "request",
    };

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, Bound(value));
        }
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, TimeSpan value) => json.WriteNumber(name, Math.Round((decimal)value.TotalMilliseconds, 3));

    private static ReadOnlySpan<char> Bound(string value) => value.AsSpan(0, Math.Min(value.Length, MaxFieldLength));
}
