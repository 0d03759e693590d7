using Microsoft.Playwright;
using Yarp.FastCgi.Applications.Tests.Infrastructure;
using static Microsoft.Playwright.Assertions;

namespace Yarp.FastCgi.Applications.Tests.WordPress;

/// <summary>What somebody does with a new WordPress, in the order of the methods.</summary>
/// <param name="page">The browser.</param>
/// <param name="database">For the installer.</param>
internal sealed class WordPressJourney(IPage page, MariaDb database)
{
    private const string User = "owner";
    private const string Password = "correct horse battery staple 1";

    /// <summary>The web installer, from an address without a path.</summary>
    public async Task InstallAsync()
    {
        await page.GotoAsync("/");
        await page.GetByRole(AriaRole.Link, new() { Name = "Let’s go!" }).ClickAsync();
        await page.GetByLabel("Database Name").FillAsync(MariaDb.Database);
        await page.GetByLabel("Username").FillAsync(MariaDb.User);
        await page.GetByLabel("Password").FillAsync(MariaDb.Password);
        await page.GetByLabel("Database Host").FillAsync($"localhost:{database.Socket}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Submit" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Run the installation" }).ClickAsync();
        await page.GetByLabel("Site Title").FillAsync("Trees & Tea");
        await page.GetByLabel("Username").FillAsync(User);
        await page.Locator("#pass1").FillAsync(Password);
        await page.GetByLabel("Your Email").FillAsync("owner@blog.example");
        await page.GetByRole(AriaRole.Button, new() { Name = "Install WordPress" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Success!" })).ToBeVisibleAsync();
    }

    public async Task LogInAsync()
    {
        await page.GotoAsync("/wp-admin/");
        await page.GetByLabel("Username or Email Address").FillAsync(User);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Log In" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Dashboard", Exact = true })).ToBeVisibleAsync();
        await page.WaitForLoadStateAsync();
    }

    /// <returns>The structure of URLs that WordPress has chosen by itself, and those that it offers instead.</returns>
    public async Task<(string Chosen, IReadOnlyList<string> Offered)> ChoosePermalinksAsync()
    {
        await page.GotoAsync("/wp-admin/options-permalink.php");
        var chosen = await page.Locator("#permalink_structure").InputValueAsync();
        var offered = await page.Locator("input[name=selection]").EvaluateAllAsync<string[]>("inputs => inputs.map(input => input.value)");
        await page.GetByLabel("Post name", new() { Exact = true }).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save Changes" }).ClickAsync();
        await Expect(page.GetByText("Permalink structure updated.")).ToBeVisibleAsync();
        return (chosen, offered);
    }

    /// <summary>A post with a picture, in the block editor.</summary>
    public async Task PublishAsync(string title, string picture)
    {
        await page.GotoAsync("/wp-admin/post-new.php");
        await page.GetByRole(AriaRole.Button, new() { Name = "Close dialog" }).Or(page.GetByLabel("Close dialog")).First.ClickAsync();
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Add title" }).FillAsync(title);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Add title" }).PressAsync("Enter");
        await page.Keyboard.TypeAsync("Oak, ash and thorn.");
        await page.Keyboard.PressAsync("Enter");
        await page.Keyboard.TypeAsync("/image");
        await page.GetByRole(AriaRole.Option, new() { Name = "Image", Exact = true }).ClickAsync();
        await page.Locator(".block-editor-media-placeholder input[type=file]").SetInputFilesAsync(picture);
        await Expect(page.Locator(".wp-block-image img[src*='/wp-content/uploads/']")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await page.GetByLabel("Editor publish").GetByRole(AriaRole.Button, new() { Name = "Publish", Exact = true }).ClickAsync();
        await Expect(page.GetByLabel("Editor publish").GetByText("is now live.")).ToBeVisibleAsync();
    }
}
