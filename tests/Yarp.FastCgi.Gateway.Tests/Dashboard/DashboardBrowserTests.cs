using System.Net;
using Microsoft.Playwright;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;
using static Microsoft.Playwright.Assertions;

namespace Yarp.FastCgi.Gateway.Tests.Dashboard;

/// <summary>The dashboard in a real browser, with a real php-fpm behind the gateway.</summary>
public sealed class DashboardBrowserTests : IDisposable
{
    private const string Trace = "0af7651916cd43dd8448eb211c80319c";

    private static readonly LocatorAssertionsToBeVisibleOptions Visible = new() { Timeout = 30_000 };

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [RequiresProgramFact(ExternalProgram.Browser)]
    public async Task Page_DestinationThatGoesDownAndComesBack_ShowsIt()
    {
        await using var fpm = await StartFpmAsync();
        await using var gateway = await StartAsync(fpm);
        await using var browser = await Browser.OpenAsync(gateway.Management!.BaseAddress!.ToString(), ColorScheme.Light);
        var page = browser.Page;
        var row = page.Locator("#destinations tbody tr", new PageLocatorOptions { HasText = "fpm" }).First;

        await Expect(page.GetByText("Live", new PageGetByTextOptions { Exact = true })).ToBeVisibleAsync(Visible);
        await Expect(row.GetByText("Up", new LocatorGetByTextOptions { Exact = true })).ToBeVisibleAsync(Visible);
        await Expect(row).ToContainTextAsync("of 4 busy");

        await fpm.StopAsync();
        await Expect(row.GetByText("Down", new LocatorGetByTextOptions { Exact = true })).ToBeVisibleAsync(Visible);
        await Expect(page.Locator("#announcer")).ToHaveTextAsync("Destination fpm of php is down.");

        await fpm.StartProcessAsync();
        await Expect(row.GetByText("Up", new LocatorGetByTextOptions { Exact = true })).ToBeVisibleAsync(Visible);
        await Expect(page.Locator("#announcer")).ToHaveTextAsync("Destination fpm of php is up again.");
        Assert.Empty(browser.Problems);
    }

    [RequiresProgramFact(ExternalProgram.Browser)]
    public async Task Page_FailedRequest_IsThereWithItsTraceAndAsTextOnly()
    {
        await using var fpm = await StartFpmAsync();
        await using var gateway = await StartAsync(fpm);
        await using var browser = await Browser.OpenAsync(gateway.Management!.BaseAddress!.ToString(), ColorScheme.Light);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/broken/%3Cimg%20src=x%20onerror=alert(1)%3E");
        request.Headers.Add("traceparent", $"00-{Trace}-b7ad6b7169203331-01");

        using var response = await gateway.Http1.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        var failure = browser.Page.Locator("#failures tbody tr").First;
        await Expect(failure).ToContainTextAsync(Trace);
        await Expect(failure).ToContainTextAsync("GET /broken/<img src=x onerror=alert(1)>");
        await Expect(failure).ToContainTextAsync("connect_failed");
        await Expect(browser.Page.Locator("#routes tbody tr")).ToHaveCountAsync(3);
        await Expect(browser.Page.Locator("#routes")).ToContainTextAsync("<b>bold</b>");
        Assert.Equal(0, await browser.Page.Locator("main img, main table b").CountAsync());
        Assert.Empty(browser.Problems);
    }

    [RequiresProgramFact(ExternalProgram.Browser)]
    public async Task Page_Pause_HoldsTheNumbersUntilItGoesOn()
    {
        await using var fpm = await StartFpmAsync();
        await using var gateway = await StartAsync(fpm);
        await using var browser = await Browser.OpenAsync(gateway.Management!.BaseAddress!.ToString(), ColorScheme.Light);
        var (page, failures) = (browser.Page, browser.Page.Locator("#failures tbody tr"));
        await Expect(page.GetByText("Live", new PageGetByTextOptions { Exact = true })).ToBeVisibleAsync(Visible);

        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByText("Skip to the numbers")).ToBeFocusedAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Pause" }).FocusAsync();
        await page.Keyboard.PressAsync("Space");
        using (await gateway.Http1.GetAsync("/broken/a"))
        {
        }

        // A second page shows when the first one would have.
        await using (var other = await Browser.OpenAsync(gateway.Management!.BaseAddress!.ToString(), ColorScheme.Light))
        {
            await Expect(other.Page.Locator("#failures tbody tr")).ToHaveCountAsync(1);
        }

        await Expect(failures).ToHaveCountAsync(0);
        await page.Keyboard.PressAsync("Space");
        await Expect(failures).ToHaveCountAsync(1);
    }

    [RequiresProgramFact(ExternalProgram.Browser)]
    public async Task Page_LightAndDark_IsAccessibleAndQuiet()
    {
        await using var fpm = await StartFpmAsync();
        await using var gateway = await StartAsync(fpm);
        using var stop = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 3).Select(i => LoadAsync(gateway.Http1, i, stop.Token)));
        try
        {
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await using var browser = await Browser.OpenAsync(gateway.Management!.BaseAddress!.ToString(), scheme);
                await Expect(browser.Page.Locator("#failures tbody tr").First).ToBeVisibleAsync(Visible);
                await Expect(browser.Page.Locator("#errors li").First).ToBeVisibleAsync(Visible);
                await browser.Page.WaitForFunctionAsync("() => /all [1-9]/.test(document.getElementById('chart-rate').getAttribute('aria-label'))");

                Assert.Empty(await browser.CheckAccessibilityAsync());
                await browser.SaveScreenshotAsync($"dashboard-{scheme.ToString().ToLowerInvariant()}");
                await browser.Page.SetViewportSizeAsync(390, 844);
                Assert.False(await browser.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"), "The page scrolls sideways on a phone.");
                await browser.SaveScreenshotAsync($"dashboard-{scheme.ToString().ToLowerInvariant()}-phone");
                Assert.Empty(browser.Problems);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await load;
        }
    }

    private static async Task LoadAsync(HttpClient client, int number, CancellationToken stop)
    {
        try
        {
            for (var i = number; ; i++)
            {
                using var response = await client.GetAsync(i % 40 == 0 ? "/broken/order" : "/index.php", stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private static async Task<PhpFpm> StartFpmAsync()
    {
        var fpm = await PhpFpm.StartAsync();
        fpm.Files.Write("index.php", "<?php usleep(random_int(1000, 30000)); echo 'ok';");
        return fpm;
    }

    private Task<RunningGateway> StartAsync(PhpFpm fpm)
    {
        var file = _directory.WriteFile(
            "gateway.json",
            $$"""
            {
              "Logging": { "LogLevel": { "Yarp": "None" } },
              "ReverseProxy": {
                "Routes": {
                  "site": { "ClusterId": "php", "Match": { "Path": "/{**path}" } },
                  "broken": { "ClusterId": "broken", "Match": { "Path": "/broken/{**path}" } },
                  "<b>bold</b>": { "ClusterId": "php", "Match": { "Path": "/bold", "Hosts": [ "shop.example" ], "Methods": [ "GET", "POST" ] } }
                },
                "Clusters": {
                  "php": {
                    "Transport": "fastcgi",
                    "FastCgi": { "DocumentRoot": "{{fpm.Files.Root}}", "MaxConnections": 4, "KeepAlive": true, "StatusPath": "{{fpm.StatusPath}}", "StatusInterval": "00:00:01", "ProbeFailures": 1 },
                    "HealthCheck": { "Active": { "Enabled": true, "Interval": "00:00:00.2500000", "Timeout": "00:00:02", "Policy": "FastCgiProbe", "Path": "{{fpm.PingPath}}" } },
                    "Destinations": { "fpm": { "Address": "{{fpm.Address}}" } }
                  },
                  "broken": { "Transport": "fastcgi", "FastCgi": { "CheckFile": "Off" }, "Destinations": { "none": { "Address": "unix:{{_directory.Combine("none.sock")}}" } } }
                }
              }
            }
            """);
        return RunningGateway.StartAsync("--config", file, "--management", "http://127.0.0.1:0");
    }
}
