using System.Buffers.Binary;
using System.Text;
using Microsoft.Extensions.Primitives;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>
/// A response as it is kept, and how long it may be used. In a store: a version, a kind, four points in time, the status, the fields and the body. What a store gives
/// back is not trusted: bytes that are no entry are none.
/// </summary>
internal sealed class CacheEntry
{
    private const byte Version = 1;
    private const byte ResponseKind = 1;
    private const byte VaryKind = 2;
    private const byte GoneKind = 3;
    private const int MaxFields = 1024;

    /// <summary>What takes the place of a response that must not be used any longer.</summary>
    public static readonly byte[] Gone = [Version, GoneKind];

    /// <summary>When the application answered, or the cache behind it before.</summary>
    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset FreshUntil { get; init; }

    /// <summary>Until then it is served while another is fetched.</summary>
    public required DateTimeOffset StaleWhileRevalidateUntil { get; init; }

    /// <summary>Until then it is served in place of an error.</summary>
    public required DateTimeOffset StaleIfErrorUntil { get; init; }

    public required int StatusCode { get; init; }

    public required IReadOnlyList<KeyValuePair<string, StringValues>> Headers { get; init; }

    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Names of request fields, for what stands in the place of a response that has variants; null for a response.</summary>
    public IReadOnlyList<string>? Vary { get; private init; }

    /// <summary>When it is of no use any more.</summary>
    public DateTimeOffset UsableUntil => Max(FreshUntil, Max(StaleWhileRevalidateUntil, StaleIfErrorUntil));

    public StringValues Header(string name)
    {
        foreach (var (key, value) in Headers)
        {
            if (key.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return value;
            }
        }

        return StringValues.Empty;
    }

    public byte[] Encode(ReadOnlySpan<byte> body)
    {
        var writer = new MemoryStream(512 + body.Length);
        writer.WriteByte(Version);
        writer.WriteByte(ResponseKind);
        foreach (var time in (ReadOnlySpan<DateTimeOffset>)[Created, FreshUntil, StaleWhileRevalidateUntil, StaleIfErrorUntil])
        {
            WriteInt64(writer, time.ToUnixTimeMilliseconds());
        }

        WriteInt32(writer, StatusCode);
        WriteInt32(writer, Headers.Sum(static field => field.Value.Count));
        foreach (var (name, values) in Headers)
        {
            foreach (var value in values)
            {
                WriteText(writer, name);
                WriteText(writer, value ?? "");
            }
        }

        writer.Write(body);
        return writer.ToArray();
    }

    public static byte[] EncodeVary(IReadOnlyList<string> names)
    {
        var writer = new MemoryStream();
        writer.WriteByte(Version);
        writer.WriteByte(VaryKind);
        WriteInt32(writer, names.Count);
        foreach (var name in names)
        {
            WriteText(writer, name);
        }

        return writer.ToArray();
    }

    /// <returns>Null for what is no entry, or one that is gone.</returns>
    public static CacheEntry? Decode(byte[]? bytes)
    {
        if (bytes is not [Version, var kind, ..])
        {
            return null;
        }

        var rest = bytes.AsSpan(2);
        return kind switch
        {
            ResponseKind => DecodeResponse(bytes, rest),
            VaryKind => DecodeVary(rest),
            _ => null,
        };
    }

    private static CacheEntry? DecodeResponse(byte[] bytes, ReadOnlySpan<byte> rest)
    {
        if (!TryReadTime(ref rest, out var created) || !TryReadTime(ref rest, out var fresh) || !TryReadTime(ref rest, out var revalidate) || !TryReadTime(ref rest, out var error)
            || !TryReadInt32(ref rest, out var status) || !TryReadInt32(ref rest, out var count) || count is < 0 or > MaxFields)
        {
            return null;
        }

        var headers = new List<KeyValuePair<string, StringValues>>(count);
        for (var i = 0; i < count; i++)
        {
            if (!TryReadText(ref rest, out var name) || !TryReadText(ref rest, out var value))
            {
                return null;
            }

            if (headers.Count > 0 && headers[^1].Key == name)
            {
                headers[^1] = KeyValuePair.Create(name, StringValues.Concat(headers[^1].Value, value));
            }
            else
            {
                headers.Add(KeyValuePair.Create(name, new StringValues(value)));
            }
        }

        return new CacheEntry
        {
            Created = created,
            FreshUntil = fresh,
            StaleWhileRevalidateUntil = revalidate,
            StaleIfErrorUntil = error,
            StatusCode = status,
            Headers = headers,
            Body = bytes.AsMemory(bytes.Length - rest.Length),
        };
    }

    private static CacheEntry? DecodeVary(ReadOnlySpan<byte> rest)
    {
        if (!TryReadInt32(ref rest, out var count) || count is < 1 or > MaxFields)
        {
            return null;
        }

        var names = new string[count];
        for (var i = 0; i < count; i++)
        {
            if (!TryReadText(ref rest, out names[i]))
            {
                return null;
            }
        }

        return new CacheEntry { Created = default, FreshUntil = default, StaleWhileRevalidateUntil = default, StaleIfErrorUntil = default, StatusCode = 0, Headers = [], Vary = names };
    }

    private static DateTimeOffset Max(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private static void WriteInt32(Stream writer, int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        writer.Write(bytes);
    }

    private static void WriteInt64(Stream writer, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        writer.Write(bytes);
    }

    // Bytes of header values travel as Latin-1.
    private static void WriteText(Stream writer, string value)
    {
        WriteInt32(writer, value.Length);
        writer.Write(Encoding.Latin1.GetBytes(value));
    }

    private static bool TryReadInt32(ref ReadOnlySpan<byte> rest, out int value)
    {
        if (!BinaryPrimitives.TryReadInt32LittleEndian(rest, out value))
        {
            return false;
        }

        rest = rest[sizeof(int)..];
        return true;
    }

    private static bool TryReadTime(ref ReadOnlySpan<byte> rest, out DateTimeOffset value)
    {
        value = default;
        if (!BinaryPrimitives.TryReadInt64LittleEndian(rest, out var milliseconds)
            || milliseconds < 0 || milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
        {
            return false;
        }

        rest = rest[sizeof(long)..];
        value = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return true;
    }

    private static bool TryReadText(ref ReadOnlySpan<byte> rest, out string value)
    {
        value = "";
        if (!TryReadInt32(ref rest, out var length) || length < 0 || length > rest.Length)
        {
            return false;
        }

        value = Encoding.Latin1.GetString(rest[..length]);
        rest = rest[length..];
        return true;
    }
}
