using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Yarp.FastCgi.Applications.Tests.Infrastructure;
using Yarp.FastCgi.Testing;
using static Microsoft.Playwright.Assertions;

namespace Yarp.FastCgi.Applications.Tests.WordPress;

/// <summary>From nothing to a WordPress, as deploy/examples/wordpress has it.</summary>
public sealed partial class WordPressTests
{
    private const string Example = "wordpress";

    [RequiresProgramFact(ExternalProgram.WordPress)]
    public async Task OneCommand_NewWordPress_IsInstalledAndUsedInABrowser()
    {
        await using var site = await WordPressSite.CreateAsync();
        using var gateway = await ExampleGateway.StartAsync(Example, site.Directory);
        await using var owner = await Visitor.ComeAsync(gateway.Url);
        var journey = new WordPressJourney(owner.Page, site.Database);

        await journey.InstallAsync();
        await journey.LogInAsync();
        await owner.SaveScreenshotAsync("wordpress-admin");
        var (chosen, offered) = await journey.ChoosePermalinksAsync();
        await journey.PublishAsync("Three trees", Picture.Write(site.Directory));
        await owner.SaveScreenshotAsync("wordpress-editor");

        Assert.Equal("/%year%/%monthnum%/%day%/%postname%/", chosen);
        Assert.DoesNotContain(offered, structure => structure.Contains("index.php", StringComparison.Ordinal));
        Assert.Empty(owner.Failures);
        await VisitAsync(gateway.Url);
        await AskAsync(gateway.Url);
        await WaitForCronAsync(site, gateway.Url);
        await ShowDashboardAsync(gateway, "app.sock", "wordpress-dashboard");
        Assert.Equal(0, await gateway.StopAsync());
    }

    [RequiresProgramFact(ExternalProgram.WordPress)]
    public async Task GatewayJson_PhpFpm_ShowsItsWorkersOnTheDashboard()
    {
        await using var site = await WordPressSite.CreateAsync();
        await using var pool = await ExamplePool.StartAsync(Example);
        using var gateway = await ExampleGateway.StartAsync(
            Example,
            ExampleGateway.DirectoryOf(Example),
            new Dictionary<string, string> { ["Gateway__Sites__wordpress__Root"] = site.Root, ["Gateway__Sites__wordpress__App"] = pool.Address },
            number: 1);

        await ShowDashboardAsync(gateway, "of 8 busy", "wordpress-dashboard-fpm");
        Assert.Equal(0, await gateway.StopAsync());
    }

    /// <summary>A stranger sees the post with its picture, and the page for what is not there.</summary>
    private static async Task VisitAsync(string url)
    {
        await using var visitor = await Visitor.ComeAsync(url);
        await visitor.Page.GotoAsync("/");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Three trees" }).First.ClickAsync();
        await Expect(visitor.Page).ToHaveURLAsync(url + "/three-trees/");
        await Expect(visitor.Page.GetByText("Oak, ash and thorn.")).ToBeVisibleAsync();
        var picture = visitor.Page.Locator(".wp-block-image img");
        await picture.ScrollIntoViewIfNeededAsync();
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('.wp-block-image img').naturalWidth > 0");
        await visitor.SaveScreenshotAsync("wordpress-post");
        Assert.Empty(visitor.Failures);

        var missing = await visitor.Page.GotoAsync("/no-such-post/");
        Assert.Equal(404, missing!.Status);
        await Expect(visitor.Page.Locator(".wp-site-blocks")).ToBeVisibleAsync();
    }

    /// <summary>What no page shows: the REST API, and what must not be had.</summary>
    private static async Task AskAsync(string url)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = new Uri(url), Timeout = Visitor.Patience };
        var posts = await client.GetFromJsonAsync<JsonElement>("/wp-json/wp/v2/posts?search=Three");
        Assert.Equal("three-trees", Assert.Single(posts.EnumerateArray()).GetProperty("slug").GetString());
        Assert.Equal("301 /three-trees/", await DescribeAsync(client, "/three-trees"));
        Assert.Equal("302 /wp-login.php", await DescribeAsync(client, "/wp-admin/"));
        Assert.Equal("404", await DescribeAsync(client, "/wp-config.php"));
        Assert.Equal("200", await DescribeAsync(client, "/feed/"));
        Assert.Equal("200", await DescribeAsync(client, "/wp-includes/js/jquery/jquery.min.js?ver=3.6.1"));
    }

    /// <summary>A visit lets WordPress ask itself, through the gateway, for wp-cron.php. That does what a new post left to do, and takes the mark of it away.</summary>
    private static async Task WaitForCronAsync(WordPressSite site, string url)
    {
        using var client = new HttpClient { Timeout = Visitor.Patience };
        await Eventually.UntilAsync(
            async () =>
            {
                await client.GetStringAsync(new Uri(url));
                return await site.Database.QueryAsync($"SELECT COUNT(*) FROM {MariaDb.Database}.wp_postmeta WHERE meta_key = '_encloseme'") == "0\n";
            },
            "wp-cron.php to run",
            Visitor.Patience);
    }

    /// <summary>What the operator sees while somebody reads: requests, the destination, the program and the route.</summary>
    /// <param name="gateway">The gateway.</param>
    /// <param name="destination">What stands in the row of the application.</param>
    /// <param name="picture">The name of the screenshot.</param>
    private static async Task ShowDashboardAsync(GatewayProcess gateway, string destination, string picture)
    {
        await using var observer = await Visitor.ComeAsync(gateway.ManagementUrl);
        var page = observer.Page;
        await page.GotoAsync("/");
        await Expect(page.Locator("#routes tbody tr")).ToContainTextAsync("/{**path}");
        using var stop = new CancellationTokenSource();
        var reading = ReadAsync(gateway.Url, stop.Token);
        try
        {
            await Expect(page.Locator("#tile-rate")).ToHaveTextAsync(PositiveNumber());
            await Expect(page.Locator("#destinations tbody tr")).ToContainTextAsync(destination);
            await observer.SaveScreenshotAsync(picture, fullPage: true);
        }
        finally
        {
            await stop.CancelAsync();
            await reading;
        }

        Assert.Empty(observer.Failures);
    }

    private static async Task ReadAsync(string url, CancellationToken stop)
    {
        using var client = new HttpClient { Timeout = Visitor.Patience };
        try
        {
            while (true)
            {
                using var response = await client.GetAsync(new Uri(url + "/wp-login.php"), stop);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
    }

    private static async Task<string> DescribeAsync(HttpClient client, string target)
    {
        using var response = await client.GetAsync(new Uri(target, UriKind.Relative));
        return response.Headers.Location is { } location ? $"{(int)response.StatusCode} {location.AbsolutePath}" : $"{(int)response.StatusCode}";
    }

    [GeneratedRegex("^[1-9]")]
    private static partial Regex PositiveNumber();
}
