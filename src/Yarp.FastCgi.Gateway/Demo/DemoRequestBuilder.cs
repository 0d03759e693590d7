using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Yarp.FastCgi.Client.Protocol;

namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>Collects the PARAMS and STDIN streams of one request, within bounds.</summary>
internal sealed class DemoRequestBuilder : IDisposable
{
    /// <summary>Bytes of params; Kestrel lets 32 KiB of headers and 8 KiB of request line through.</summary>
    private const int MaxParamsLength = 128 * 1024;

    /// <summary>Bytes of the body kept for the echo; the rest is counted and hashed.</summary>
    private const int MaxEchoLength = 64 * 1024;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ArrayBufferWriter<byte> _params = new();
    private readonly ArrayBufferWriter<byte> _echo = new();
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private long _bodyLength;

    /// <returns>False when the stream is longer than any gateway makes it.</returns>
    public bool TryAddParams(ReadOnlySpan<byte> content)
    {
        if (content.Length > MaxParamsLength - _params.WrittenCount)
        {
            return false;
        }

        _params.Write(content);
        return true;
    }

    public void AddStdin(ReadOnlySpan<byte> content)
    {
        _hash.AppendData(content);
        _bodyLength += content.Length;
        _echo.Write(content[..Math.Min(content.Length, MaxEchoLength - _echo.WrittenCount)]);
    }

    /// <returns>False when the params are malformed.</returns>
    public bool TryBuild([NotNullWhen(true)] out DemoRequest? request)
    {
        request = null;
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var reader = new ParamsReader(_params.WrittenSpan);
        while (reader.TryRead(out var name, out var value))
        {
            values[Decode(name)] = Decode(value);
        }

        if (reader.IsMalformed)
        {
            return false;
        }

        var body = new DemoRequestBody(
            _bodyLength,
            Convert.ToHexStringLower(_hash.GetHashAndReset()),
            Encoding.UTF8.GetString(_echo.WrittenSpan),
            IsTruncated: _bodyLength > _echo.WrittenCount);
        request = new DemoRequest(values, body);
        return true;
    }

    public void Dispose() => _hash.Dispose();

    // Params have no charset. Paths mostly are UTF-8, header values traditionally Latin-1.
    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return Encoding.Latin1.GetString(bytes);
        }
    }
}
