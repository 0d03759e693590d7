using System.Collections.Concurrent;
using Microsoft.Playwright;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Applications.Tests.Infrastructure;

/// <summary>Somebody in front of a real browser. Other hosts than the site's are out of reach.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    /// <summary>The bound of every wait for a page. An application's first request can take long on a busy machine.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private static readonly string[] Arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly ConcurrentQueue<string> _failures = new();

    private Visitor(IPlaywright playwright, IBrowser browser, IPage page)
    {
        _playwright = playwright;
        _browser = browser;
        Page = page;
    }

    public IPage Page { get; }

    /// <summary>Answers of the site that are no success and no redirect or that break off, and exceptions of its scripts.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    /// <param name="site">The site's URL. Paths that are gone to are below it.</param>
    public static async Task<Visitor> ComeAsync(string site)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = ExternalProgram.Require("chromium"), Args = Arguments });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { BaseURL = site, ViewportSize = new ViewportSize { Width = 1280, Height = 900 }, Locale = "en-GB" });
        page.SetDefaultTimeout((float)Patience.TotalMilliseconds);
        Assertions.SetDefaultExpectTimeout((float)Patience.TotalMilliseconds);
        var origin = new Uri(site).GetLeftPart(UriPartial.Authority) + "/";
        await page.RouteAsync(url => !url.StartsWith(origin, StringComparison.Ordinal) && url.StartsWith("http", StringComparison.Ordinal), route => route.AbortAsync());
        var visitor = new Visitor(playwright, browser, page);
        page.PageError += (_, error) => visitor._failures.Enqueue($"exception: {error}");
        page.RequestFailed += (_, request) =>
        {
            // Aborted: the visitor went on, or it is another host's.
            if (request.Failure is { } failure && failure != "net::ERR_ABORTED" && request.Url.StartsWith(origin, StringComparison.Ordinal))
            {
                visitor._failures.Enqueue($"{failure} {request.Method} {request.Url}");
            }
        };
        page.Response += (_, response) =>
        {
            if (response.Status >= 400 && response.Url.StartsWith(origin, StringComparison.Ordinal))
            {
                visitor._failures.Enqueue($"{response.Status} {response.Request.Method} {response.Url}");
            }
        };
        return visitor;
    }

    /// <summary>A picture of what is seen, among the output of the tests.</summary>
    public Task SaveScreenshotAsync(string name, bool fullPage = false)
        => Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(AppContext.BaseDirectory, "screenshots", name + ".png"), FullPage = fullPage });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
