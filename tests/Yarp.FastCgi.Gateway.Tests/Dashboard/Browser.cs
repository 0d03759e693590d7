using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Playwright;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Dashboard;

/// <summary>A real browser with one page, which notes what must not happen: errors, and requests to other hosts.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private static readonly string[] Arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private readonly ConcurrentQueue<string> _problems = new();

    private Browser(IPlaywright playwright, IBrowser browser, IPage page)
    {
        _playwright = playwright;
        _browser = browser;
        Page = page;
    }

    public IPage Page { get; }

    /// <summary>Errors on the console, exceptions, and URLs outside of the page's own origin.</summary>
    public IReadOnlyCollection<string> Problems => _problems;

    public static async Task<Browser> OpenAsync(string url, ColorScheme scheme)
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = ExternalProgram.Find("chromium"), Args = Arguments });
        var page = await browser.NewPageAsync(new BrowserNewPageOptions { ColorScheme = scheme, ViewportSize = new ViewportSize { Width = 1280, Height = 900 }, Locale = "en-GB" });
        page.SetDefaultTimeout((float)TestTimeout.Default.TotalMilliseconds);
        var result = new Browser(playwright, browser, page);
        var origin = new Uri(url).GetLeftPart(UriPartial.Authority);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                result._problems.Enqueue($"console: {message.Text}");
            }
        };
        page.PageError += (_, error) => result._problems.Enqueue($"exception: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(origin + "/", StringComparison.Ordinal))
            {
                result._problems.Enqueue($"request: {request.Url}");
            }
        };
        await page.GotoAsync(url);
        return result;
    }

    /// <summary>What axe finds wrong with the page for people who cannot see it well, or use no mouse: rules of WCAG 2.2 to level AA and good practice.</summary>
    public async Task<IReadOnlyList<string>> CheckAccessibilityAsync()
    {
        await Page.EvaluateAsync(await File.ReadAllTextAsync(Path.Combine(ExternalProgram.BrowserPackages!, "axe-core", "axe.min.js")));
        var json = await Page.EvaluateAsync<string>(
            "async () => JSON.stringify((await axe.run()).violations.map(rule => `${rule.id}: ${rule.help} ${rule.nodes.map(node => node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')).join(' | ')}`))");
        return JsonSerializer.Deserialize<List<string>>(json)!;
    }

    /// <summary>A picture of the whole page, among the output of the tests.</summary>
    public Task SaveScreenshotAsync(string name) => Page.ScreenshotAsync(new PageScreenshotOptions
    {
        Path = Path.Combine(AppContext.BaseDirectory, "screenshots", name + ".png"),
        FullPage = true,
    });

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
