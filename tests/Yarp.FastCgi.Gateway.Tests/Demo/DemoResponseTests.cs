using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Yarp.FastCgi.Gateway.Demo;

namespace Yarp.FastCgi.Gateway.Tests.Demo;

public class DemoResponseTests
{
    private const string Attack = "<script>alert(1)</script>\"'&";

    private static readonly DemoRequestBody NoBody = new(0, "", "", IsTruncated: false);

    [Theory]
    [InlineData("", false)]
    [InlineData("*/*", false)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", false)]
    [InlineData("text/html, application/json;q=0.9", false)]
    [InlineData("application/json;q=0", false)]
    [InlineData("not an accept header", false)]
    [InlineData("application/json", true)]
    [InlineData("Application/JSON, */*", true)]
    [InlineData("text/html;q=0.5, application/json", true)]
    public void Write_Accept_ChoosesTheRepresentation(string accept, bool json)
    {
        var (head, body) = Respond(NoBody, ("HTTP_ACCEPT", accept));

        Assert.StartsWith(json ? "Content-Type: application/json\n" : "Content-Type: text/html; charset=utf-8\n", head, StringComparison.Ordinal);
        Assert.StartsWith(json ? "{" : "<!doctype html>", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/json")]
    public void Write_ContentLength_CountsBytes(string accept)
    {
        var (head, body) = Respond(NoBody, ("HTTP_ACCEPT", accept), ("A", "\u00e9\u4e2d"));

        Assert.Contains(
            string.Create(CultureInfo.InvariantCulture, $"\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\n"),
            head,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Page_NamesItsOwnStyleInThePolicy()
    {
        var (head, body) = Respond(NoBody);
        var style = body[(body.IndexOf("<style>", StringComparison.Ordinal) + 7)..body.IndexOf("</style>", StringComparison.Ordinal)];
        var hash = Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(style)));

        Assert.Contains($"style-src 'sha256-{hash}'", head, StringComparison.Ordinal);
        Assert.DoesNotContain("style=", body, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("REQUEST_URI")]
    [InlineData("REQUEST_METHOD")]
    [InlineData("SERVER_PROTOCOL")]
    [InlineData("SERVER_PORT")]
    [InlineData("REMOTE_ADDR")]
    [InlineData("REMOTE_PORT")]
    [InlineData("PATH_INFO")]
    [InlineData("HTTP_X_ANY")]
    [InlineData("HTTP_<B>")]
    public void Write_PageWithMarkupInAParam_ShowsItAsText(string name)
    {
        var (_, body) = Respond(NoBody, (name, Attack));

        Assert.DoesNotContain("<script", body, StringComparison.Ordinal);
        Assert.DoesNotContain("<B>", body, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#x27;&amp;", body, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_PageWithMarkupInTheBody_ShowsItAsText()
    {
        var (_, body) = Respond(new DemoRequestBody(28, "abc", Attack, IsTruncated: false));

        Assert.DoesNotContain("<script", body, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;", body, StringComparison.Ordinal);
        Assert.Contains("28 bytes", body, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_PageWithControlCharacters_MakesThemVisible()
    {
        var (_, body) = Respond(NoBody, ("A", "x\0\u001b[31my"));

        Assert.Contains("x\u2400\u241b[31my", body, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_PageWithParamsOfEachKind_GroupsThem()
    {
        var (_, body) = Respond(NoBody, ("HTTP_HOST", "example.org"), ("PATH_INFO", ""), ("REQUEST_URI", "/"));

        var cgi = body.IndexOf("<caption>CGI/1.1 <span>(1)</span>", StringComparison.Ordinal);
        var headers = body.IndexOf("<caption>Request headers, HTTP_* <span>(1)</span>", StringComparison.Ordinal);
        var other = body.IndexOf("<caption>Other <span>(1)</span>", StringComparison.Ordinal);
        Assert.True(0 < cgi && cgi < headers && headers < other);
        Assert.Contains("""<th scope="row">PATH_INFO</th><td><i>empty</i></td>""", body[cgi..headers], StringComparison.Ordinal);
        Assert.Contains("""<th scope="row">HTTP_HOST</th><td>example.org</td>""", body[headers..other], StringComparison.Ordinal);
        Assert.Contains("""<th scope="row">REQUEST_URI</th><td>/</td>""", body[other..], StringComparison.Ordinal);
    }

    [Fact]
    public void Write_Json_HasParamsAndBody()
    {
        var (_, body) = Respond(new DemoRequestBody(9, "abc", "t\"xt", IsTruncated: true), ("HTTP_ACCEPT", "application/json"), ("A", Attack));

        var json = JsonElement.Parse(body);
        Assert.Equal(Attack, json.GetProperty("params").GetProperty("A").GetString());
        Assert.Equal(9, json.GetProperty("body").GetProperty("length").GetInt64());
        Assert.Equal("abc", json.GetProperty("body").GetProperty("sha256").GetString());
        Assert.Equal("t\"xt", json.GetProperty("body").GetProperty("text").GetString());
        Assert.True(json.GetProperty("body").GetProperty("truncated").GetBoolean());
    }

    private static (string Head, string Body) Respond(DemoRequestBody body, params (string Name, string Value)[] pairs)
    {
        var output = new ArrayBufferWriter<byte>();
        DemoResponse.Write(output, new DemoRequest(pairs.ToDictionary(pair => pair.Name, pair => pair.Value), body));
        var parts = Encoding.UTF8.GetString(output.WrittenSpan).Split("\n\n", 2);
        return (parts[0] + "\n", parts[1]);
    }
}
