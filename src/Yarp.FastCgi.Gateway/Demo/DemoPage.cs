using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Yarp.FastCgi.Gateway.Demo;

/// <summary>The request as a page for people: no script, nothing loaded from anywhere.</summary>
internal static class DemoPage
{
    private static readonly string Style = ReadResource("page.css");

    private static readonly PageTemplate Template = new(ReadResource("page.html"));

    /// <summary>Even markup that got past the encoder could load nothing, run nothing and send nothing elsewhere.</summary>
    public static string ContentSecurityPolicy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; img-src data:; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    public static void Write(IBufferWriter<byte> output, DemoRequest request)
    {
        var html = new HtmlWriter(output);
        Template.Write(output, hole =>
        {
            switch (hole)
            {
                case "style":
                    html.Markup(Encoding.UTF8.GetBytes(Style));
                    break;
                case "request-line":
                    html.Text($"{request["REQUEST_METHOD"]} {request["REQUEST_URI"]}");
                    break;
                case "remote":
                    html.Text($"{request["REMOTE_ADDR"]}, port {request["REMOTE_PORT"]}");
                    break;
                case "protocol":
                    html.Text($"{request["SERVER_PROTOCOL"]}, port {request["SERVER_PORT"]}");
                    break;
                case "body":
                    WriteBody(html, request);
                    break;
                case "params":
                    WriteParams(html, request, ParamGroup.Cgi, "CGI/1.1");
                    WriteParams(html, request, ParamGroup.Header, "Request headers, HTTP_*");
                    WriteParams(html, request, ParamGroup.Other, "Other");
                    break;
                default:
                    throw new InvalidOperationException($"page.html has an unknown hole '{hole}'.");
            }
        });
    }

    private static void WriteBody(HtmlWriter html, DemoRequest request)
    {
        var body = request.Body;
        if (body.Length == 0)
        {
            return;
        }

        html.Markup("""<section aria-labelledby="body"><h2 id="body">Body</h2><p>"""u8);
        html.Text(string.Create(CultureInfo.InvariantCulture, $"{body.Length} bytes, SHA-256 "));
        html.Markup("<code>"u8);
        html.Text(body.Sha256);
        html.Markup("</code>"u8);
        if (body.IsTruncated)
        {
            html.Text(". Only its beginning is shown.");
        }

        html.Markup("""</p><pre class="echo" tabindex="0" aria-labelledby="body">"""u8);
        html.Text(body.Text);
        html.Markup("</pre></section>"u8);
    }

    private static void WriteParams(HtmlWriter html, DemoRequest request, ParamGroup group, string caption)
    {
        var members = request.Params.Where(param => ParamGroups.Of(param.Key) == group).ToList();
        if (members.Count == 0)
        {
            return;
        }

        html.Markup("<table><caption>"u8);
        html.Text(caption);
        html.Markup(" <span>"u8);
        html.Text(string.Create(CultureInfo.InvariantCulture, $"({members.Count})"));
        html.Markup("""</span></caption><thead><tr><th scope="col">Name</th><th scope="col">Value</th></tr></thead><tbody>"""u8);
        foreach (var (name, value) in members)
        {
            html.Markup("""<tr><th scope="row">"""u8);
            html.Text(name);
            html.Markup("</th><td>"u8);
            if (value.Length == 0)
            {
                html.Markup("<i>empty</i>"u8);
            }
            else
            {
                html.Text(value);
            }

            html.Markup("</td></tr>"u8);
        }

        html.Markup("</tbody></table>"u8);
    }

    private static string ReadResource(string name)
    {
        using var stream = typeof(DemoPage).Assembly.GetManifestResourceStream(typeof(DemoPage), name)
            ?? throw new InvalidOperationException($"The resource '{name}' is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
