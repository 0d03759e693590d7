using System.Buffers;
using System.Globalization;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>The demo application's answer: a CGI response head (RFC 3875 section 6) and a page, or the same as JSON.</summary>
internal static class DemoResponse
{
    private const string Json = "application/json";

    public static void Write(IBufferWriter<byte> output, DemoRequest request)
    {
        var content = new ArrayBufferWriter<byte>();
        string contentType;
        if (PrefersJson(request["HTTP_ACCEPT"]))
        {
            DemoJson.Write(content, request);
            contentType = Json;
        }
        else
        {
            DemoPage.Write(content, request);
            contentType = "text/html; charset=utf-8";
        }

        Encoding.ASCII.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $"""
                Content-Type: {contentType}
                Content-Length: {content.WrittenCount}
                Content-Security-Policy: {DemoPage.ContentSecurityPolicy}
                Cache-Control: no-store
                Referrer-Policy: no-referrer
                Vary: Accept
                X-Content-Type-Options: nosniff


                """),
            output);
        if (request["REQUEST_METHOD"] != HttpMethods.Head)
        {
            output.Write(content.WrittenSpan);
        }
    }

    // A browser and a bare curl get the page; whoever prefers JSON to it gets JSON.
    private static bool PrefersJson(string accept)
    {
        if (!MediaTypeHeaderValue.TryParseList([accept], out var ranges))
        {
            return false;
        }

        double json = 0;
        double html = 0;
        foreach (var range in ranges)
        {
            var quality = range.Quality ?? 1;
            if (range.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase))
            {
                json = Math.Max(json, quality);
            }
            else if (range.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase))
            {
                html = Math.Max(html, quality);
            }
        }

        return json > html;
    }
}
