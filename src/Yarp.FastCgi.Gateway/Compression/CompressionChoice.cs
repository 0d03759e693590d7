using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Gateway.Compression;

/// <summary>Which responses are compressed, and by which of the content codings that the client takes.</summary>
internal sealed class CompressionChoice(IServiceProvider services, CompressionOptions options)
    : ResponseCompressionProvider(services, Options.Create(Translate(options))), IResponseCompressionProvider
{
    private readonly ICompressionProvider[] _providers = [.. options.Encodings.Distinct().Select(encoding => Create(encoding, options))];

    /// <summary>Whether the middleware was told to compress the response, which it does where the client takes any coding.</summary>
    public static bool HasCompressed(HttpContext context) => context.Features.Get<Sign>() is not null;

    // Whether the client accepts one is asked later, so that a cache hears in either case that the answer depends on it (Vary).
    bool IResponseCompressionProvider.CheckRequestAcceptsCompression(HttpContext context) => true;

    public override bool ShouldCompressResponse(HttpContext context)
    {
        var response = context.Response;
        if (response.StatusCode is < 200 or StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status206PartialContent or StatusCodes.Status304NotModified
            || response.ContentLength < options.MinimumSize
            || HeaderUtilities.ContainsCacheDirective(response.Headers.CacheControl, CacheControlHeaderValue.NoTransformString)
            || HeaderUtilities.ContainsCacheDirective(context.Request.Headers.CacheControl, CacheControlHeaderValue.NoTransformString)
            || !base.ShouldCompressResponse(context))
        {
            return false;
        }

        context.Features.Set(Sign.Instance);
        return true;
    }

    /// <summary>The coding that the client likes best (RFC 9110 section 12.5.3); null where that is none.</summary>
    public override ICompressionProvider? GetCompressionProvider(HttpContext context)
    {
        if (!StringWithQualityHeaderValue.TryParseList(context.Request.Headers.AcceptEncoding, out var accepted))
        {
            return null;
        }

        ICompressionProvider? best = null;
        var bestQuality = QualityOf(accepted, "identity") ?? 0;
        foreach (var provider in _providers)
        {
            var quality = QualityOf(accepted, provider.EncodingName) ?? QualityOf(accepted, "*") ?? 0;
            if (quality > bestQuality || (best is null && quality > 0 && quality == bestQuality))
            {
                (best, bestQuality) = (provider, quality);
            }
        }

        return best;
    }

    private static double? QualityOf(IList<StringWithQualityHeaderValue> accepted, string encoding)
    {
        foreach (var value in accepted)
        {
            if (value.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase))
            {
                return value.Quality ?? 1;
            }
        }

        return null;
    }

    private static ICompressionProvider Create(string encoding, CompressionOptions options) => encoding == CompressionOptions.Brotli
        ? new BrotliCompressionProvider(Options.Create(new BrotliCompressionProviderOptions { Level = options.Level }))
        : new GzipCompressionProvider(Options.Create(new GzipCompressionProviderOptions { Level = options.Level }));

    private static ResponseCompressionOptions Translate(CompressionOptions options) => new() { EnableForHttps = options.Https, MimeTypes = options.Types };

    private sealed class Sign
    {
        public static readonly Sign Instance = new();
    }
}
