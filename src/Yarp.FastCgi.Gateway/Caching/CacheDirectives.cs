using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Yarp.FastCgi.Gateway.Caching;

/// <summary>
/// The directives of a Cache-Control field that matter to a shared cache (RFC 9111 section 5.2, RFC 5861). What is malformed counts as the shortest time, and a
/// directive with names of fields as the one without: nothing is kept longer than it was meant to be.
/// </summary>
internal readonly record struct CacheDirectives
{
    /// <summary>no-store, private or no-cache.</summary>
    public bool ForbidsStoring { get; private init; }

    /// <summary>no-store.</summary>
    public bool NoStore { get; private init; }

    /// <summary>only-if-cached, of a request.</summary>
    public bool OnlyIfCached { get; private init; }

    /// <summary>must-revalidate or proxy-revalidate: never served when it is no longer fresh.</summary>
    public bool MustRevalidate { get; private init; }

    /// <summary>Seconds: s-maxage, else max-age.</summary>
    public long? MaxAge { get; private init; }

    public long? StaleWhileRevalidate { get; private init; }

    public long? StaleIfError { get; private init; }

    public static CacheDirectives Read(StringValues field)
    {
        var result = default(CacheDirectives);
        long? shared = null;
        foreach (var line in field)
        {
            var rest = line.AsSpan();
            while (!rest.IsEmpty)
            {
                var directive = Next(ref rest);
                var equals = directive.IndexOf('=');
                var name = (equals < 0 ? directive : directive[..equals]).Trim();
                var value = equals < 0 ? [] : directive[(equals + 1)..];
                if (Is(name, "no-store"))
                {
                    result = result with { ForbidsStoring = true, NoStore = true };
                }
                else if (Is(name, "private") || Is(name, "no-cache"))
                {
                    result = result with { ForbidsStoring = true };
                }
                else if (Is(name, "only-if-cached"))
                {
                    result = result with { OnlyIfCached = true };
                }
                else if (Is(name, "must-revalidate") || Is(name, "proxy-revalidate"))
                {
                    result = result with { MustRevalidate = true };
                }
                else if (Is(name, "s-maxage"))
                {
                    shared = Shorter(shared, value);
                }
                else if (Is(name, "max-age"))
                {
                    result = result with { MaxAge = Shorter(result.MaxAge, value) };
                }
                else if (Is(name, "stale-while-revalidate"))
                {
                    result = result with { StaleWhileRevalidate = Shorter(result.StaleWhileRevalidate, value) };
                }
                else if (Is(name, "stale-if-error"))
                {
                    result = result with { StaleIfError = Shorter(result.StaleIfError, value) };
                }
            }
        }

        return result with { MaxAge = shared ?? result.MaxAge };
    }

    // A comma in a quoted value ends no directive.
    private static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> rest)
    {
        var isQuoted = false;
        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (rest[i] == ',' && !isQuoted)
            {
                var directive = rest[..i];
                rest = rest[(i + 1)..];
                return directive;
            }
        }

        var last = rest;
        rest = [];
        return last;
    }

    private static long? Shorter(long? before, ReadOnlySpan<char> value)
    {
        var seconds = long.TryParse(value.Trim().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? Math.Min(number, int.MaxValue) : 0;
        return before is { } other ? Math.Min(other, seconds) : seconds;
    }

    private static bool Is(ReadOnlySpan<char> name, string known) => name.Equals(known, StringComparison.OrdinalIgnoreCase);
}
