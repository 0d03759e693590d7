using System.Text;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.ErrorPages;

/// <summary>Files that are sent with errors.</summary>
public sealed class ErrorPageTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public ErrorPageTests()
    {
        _directory.WriteFile("404.html", "<p>not here</p>");
        _directory.WriteFile("404.json", "{}");
        _directory.WriteFile("5xx.html", "<p>sorry</p>");
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("Accept: text/html, */*;q=0.8", "<p>not here</p>", "text/html; charset=utf-8")]
    [InlineData("X: y", "<p>not here</p>", "text/html; charset=utf-8")]
    [InlineData("Accept: application/json", "{}", "application/problem+json; charset=utf-8")]
    [InlineData("Accept: text/html;q=0.5, application/*", "{}", "application/problem+json; charset=utf-8")]
    [InlineData("Accept: image/png", "", null)]
    public async Task Get_Error_HasThePageThatTheClientTakes(string field, string text, string? type)
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Empty.WithHeader("Status", "404 Not Found").WithHeader("X-App", "yes"));
        await using var gateway = await StartAsync(application.Address, """, "Intercept": true""");

        var (head, body) = await gateway.SendAsync("GET /page", field);

        Assert.StartsWith("HTTP/1.1 404 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nX-App: yes\r\n", head, StringComparison.Ordinal);
        Assert.Equal(text, Encoding.UTF8.GetString(body));
        Assert.Equal(type is not null, head.Contains($"\r\nContent-Type: {type}\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_ApplicationThatIsNotThere_IsThePageOfTheClass()
    {
        await using var gateway = await StartAsync(await ScriptedResponder.UnusedAddressAsync());

        var (head, body) = await gateway.SendAsync("GET /page");

        Assert.StartsWith("HTTP/1.1 502 ", head, StringComparison.Ordinal);
        Assert.Equal("<p>sorry</p>", Encoding.UTF8.GetString(body));
    }

    [Theory]
    [InlineData(500, true, "<p>sorry</p>")]
    [InlineData(500, false, "broken")]
    [InlineData(422, true, "broken")]
    [InlineData(200, true, "broken")]
    public async Task Get_ErrorOfTheApplication_IsReplacedWhereItIsAskedFor(int status, bool intercepts, string text)
    {
        await using var application = ScriptedResponder.Start(_ => Reply.Status(status, body: "broken").WithHeader("ETag", "\"a\"").WithHeader("Retry-After", "9"));
        await using var gateway = await StartAsync(application.Address, intercepts ? """, "Intercept": true""" : "");

        var (head, body) = await gateway.SendAsync("GET /page");

        Assert.StartsWith($"HTTP/1.1 {status} ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 9\r\n", head, StringComparison.Ordinal);
        Assert.Equal(text == "broken", head.Contains("ETag", StringComparison.Ordinal));
        Assert.Equal(text, Encoding.UTF8.GetString(body));
    }

    [Fact]
    public async Task Head_Error_HasTheFieldsOfGet()
    {
        await using var gateway = await StartAsync(await ScriptedResponder.UnusedAddressAsync());

        var (head, body) = await gateway.SendAsync("HEAD /page");

        Assert.StartsWith("HTTP/1.1 502 ", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Length: 12\r\n", head, StringComparison.Ordinal);
        Assert.Empty(body);
    }

    [Fact]
    public async Task Get_OldResponse_GoesBeforeThePage()
    {
        await using var application = ScriptedResponder.Start(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendReplyAsync(connection.Number == 1 ? Reply.Text("old").WithHeader("Cache-Control", "max-age=1, stale-if-error=600") : Reply.Status(500, body: "broken"));
        });
        await using var gateway = await StartAsync(application.Address, """, "Intercept": true""");
        await gateway.SendAsync("GET /page");

        await Eventually.UntilAsync(
            async () =>
            {
                var (head, body) = await gateway.SendAsync("GET /page");
                Assert.Equal("old", Encoding.UTF8.GetString(body));
                return head.Contains("fwd-status=500", StringComparison.Ordinal);
            },
            "the response to be stale");
    }

    private Task<ResponseGateway> StartAsync(string application, string options = "") => ResponseGateway.StartAsync(
        application, $$"""{ "ErrorPages": { "Directory": "{{_directory.Path}}"{{options}} }, "Caching": { "Policies": { "pages": {} } } }""", """ "OutputCachePolicy": "pages", """);
}
