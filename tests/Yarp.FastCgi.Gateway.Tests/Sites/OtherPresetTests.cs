using System.Diagnostics;
using System.Net;
using Yarp.FastCgi.Gateway.Tests.Gateway;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.Sites;

/// <summary>The presets of applications that are not PHP, with the programs that run them.</summary>
public sealed class OtherPresetTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public OtherPresetTests() => _directory.CreateDirectory("root");

    private string Root => _directory.Combine("root");

    public void Dispose() => _directory.Dispose();

    [RequiresProgramFact(ExternalProgram.Uwsgi)]
    public async Task Django_StaticAndMedia_AreFilesAndTheRestIsTheApplications()
    {
        _directory.WriteFile("root/static/admin/a.css", "css");
        _directory.WriteFile("root/media/photo.png", "png");
        _directory.WriteFile("root/settings.json", "secret");
        _directory.WriteFile("root/manage.py", "secret");
        await using var application = await PythonApplication.StartAsync(
            """
            def application(environ, start_response):
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [("django " + environ["SCRIPT_NAME"] + "|" + environ["PATH_INFO"]).encode()]
            """);
        await using var gateway = await RunningGateway.StartAsync("--root", Root, "--app", application.Address, "--preset", "django");

        Assert.Equal("django |/", await gateway.Http1.GetStringAsync("/"));
        Assert.Equal("django |/polls/1/", await gateway.Http1.GetStringAsync("/polls/1/"));
        Assert.Equal("django |/settings.json", await gateway.Http1.GetStringAsync("/settings.json"));
        Assert.Equal("django |/manage.py", await gateway.Http1.GetStringAsync("/manage.py"));
        Assert.Equal("django |/static/missing.css", await gateway.Http1.GetStringAsync("/static/missing.css"));
        Assert.Equal("css", await gateway.Http1.GetStringAsync("/static/admin/a.css"));
        using var media = await gateway.Http1.GetAsync("/media/photo.png");
        Assert.Equal("png", await media.Content.ReadAsStringAsync());
        Assert.Equal(["nosniff"], media.Headers.GetValues("X-Content-Type-Options"));
    }

    [RequiresProgramFact(ExternalProgram.Git)]
    public async Task Git_CloneOverHttp_GivesTheRepository()
    {
        await using var wrapper = await Fcgiwrap.StartAsync();
        var bare = Path.Combine(Root, "project.git");
        await GitAsync("init", "--quiet", "--bare", "--initial-branch=main", bare);
        var work = _directory.Combine("work");
        await GitAsync("init", "--quiet", "--initial-branch=main", work);
        _directory.WriteFile("work/readme.txt", "hello");
        await GitAsync("-C", work, "add", ".");
        await GitAsync("-C", work, "-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "--quiet", "-m", "first");
        await GitAsync("-C", work, "push", "--quiet", bare, "main");
        await using var gateway = await RunningGateway.StartAsync("--root", Root, "--app", wrapper.Address, "--preset", "git");

        var clone = _directory.Combine("clone");
        await GitAsync("-c", "protocol.version=2", "clone", "--quiet", $"{gateway.Http1.BaseAddress}project.git", clone);

        Assert.Equal("hello", await File.ReadAllTextAsync(Path.Combine(clone, "readme.txt")));
        using var config = await gateway.Http1.GetAsync("/project.git/config");
        Assert.Equal(HttpStatusCode.NotFound, config.StatusCode);
    }

    [RequiresProgramFact(ExternalProgram.Fcgiwrap)]
    public async Task Perl_Script_IsRunAndItsSourceIsNotShown()
    {
        const string Source = "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'; printf 'ran %s|%s' \"$SCRIPT_NAME\" \"$PATH_INFO\" # secret\n";
        foreach (var name in new[] { "index.cgi", "form.pl", "lib/Module.pm", "a.css" })
        {
            _directory.WriteFile($"root/{name}", name.EndsWith(".css", StringComparison.Ordinal) ? "css" : Source, executable: true);
        }

        await using var wrapper = await Fcgiwrap.StartAsync();
        await using var gateway = await RunningGateway.StartAsync("--root", Root, "--app", wrapper.Address, "--preset", "perl");

        Assert.Equal("ran /index.cgi|", await gateway.Http1.GetStringAsync("/"));
        Assert.Equal("ran /form.pl|/a/b", await gateway.Http1.GetStringAsync("/form.pl/a/b"));
        Assert.Equal("css", await gateway.Http1.GetStringAsync("/a.css"));
        using var module = await gateway.Http1.GetAsync("/lib/Module.pm");
        Assert.Equal(HttpStatusCode.NotFound, module.StatusCode);
    }

    [Fact]
    public async Task Rails_FilesOfPublic_AreServedAndTheRestIsTheApplications()
    {
        _directory.WriteFile("root/assets/app-1a2b.js", "js");
        _directory.WriteFile("root/404.html", "page");
        _directory.WriteFile("root/config.rb", "secret");
        await using var application = ScriptedResponder.Start(static request => Reply.Text($"rails {request["SCRIPT_NAME"]}|{request["PATH_INFO"]}"));
        await using var gateway = await RunningGateway.StartAsync("--root", Root, "--app", application.Address, "--preset", "rails");

        Assert.Equal("rails |/users/1", await gateway.Http1.GetStringAsync("/users/1"));
        Assert.Equal("rails |/", await gateway.Http1.GetStringAsync("/"));
        Assert.Equal("rails |/config.rb", await gateway.Http1.GetStringAsync("/config.rb"));
        Assert.Equal("page", await gateway.Http1.GetStringAsync("/404.html"));
        using var asset = await gateway.Http1.GetAsync("/assets/app-1a2b.js");
        Assert.Equal("js", await asset.Content.ReadAsStringAsync());
        Assert.Equal("public, max-age=31536000, immutable", asset.Headers.CacheControl?.ToString());
    }

    [Theory]
    [InlineData("cgit", "/project/log/", "/usr/lib/cgit/cgit.cgi", "/project/log/")]
    [InlineData("cgit", "/project/plain/a.css", "/usr/lib/cgit/cgit.cgi", "/project/plain/a.css")]
    [InlineData("mapserver", "/?map=/srv/a.map", "/usr/lib/cgi-bin/mapserv", "/")]
    public async Task OneProgram_AnyPath_IsItsPathInfo(string preset, string target, string script, string pathInfo)
    {
        await using var application = ScriptedResponder.Start(static request => Reply.Text($"{request["SCRIPT_FILENAME"]}|{request["PATH_INFO"]}"));
        await using var gateway = await RunningGateway.StartAsync("--root", Root, "--app", application.Address, "--preset", preset);

        Assert.Equal($"{script}|{pathInfo}", await gateway.Http1.GetStringAsync(target));
    }

    private static async Task GitAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(ExternalProgram.Find(ExternalProgram.Git)!, arguments) { RedirectStandardError = true };
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        using var git = Process.Start(start)!;
        var errors = await git.StandardError.ReadToEndAsync().WithinAsync("git to end");
        await git.WaitForExitAsync().WithinAsync("git to end");
        Assert.True(git.ExitCode == 0, errors);
    }
}
