using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Cherokee;

/// <summary>Methods with and without a body, as Cherokee's QA has them (docs/cherokee-qa.md).</summary>
public class MethodTests
{
    private static readonly string[] WithABody = ["POST", "PUT", "MERGE", "SEARCH", "REPORT", "PATCH", "PROPFIND", "PROPPATCH", "UPDATE", "LABEL"];

    private static readonly string[] WithOrWithoutABody =
    [
        "OPTIONS", "DELETE", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "VERSION-CONTROL", "CHECKOUT", "UNCHECKOUT", "CHECKIN", "MKWORKSPACE", "MKACTIVITY", "BASELINE-CONTROL",
    ];

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa268_Options_RunsTheScript()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("file.php", "<?php /* Should not appear */ echo 'This is inside the file'; ?>");

        var response = await site.AskAsync("OPTIONS /file.php HTTP/1.0\r\n");

        Assert.Equal(200, response.Status);
        Assert.Equal("This is inside the file", response.Text);
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Qa299_EveryMethod_ReachesTheScriptWithTheBodyThatItHas(bool hasBody)
    {
        const string Body = "Report bugs to http://bugs.cherokee-project.com";
        await using var site = await QaSite.StartAsync();
        site.Files.Write("app.php", "<?php echo $_SERVER['REQUEST_METHOD'], ': ', file_get_contents('php://input');");
        var length = hasBody ? $"Content-Length: {Body.Length}\r\n" : "";

        foreach (var method in WithABody.Concat(WithOrWithoutABody))
        {
            var response = await site.AskAsync($"{method} /app.php HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n{length}", hasBody ? Body : "");

            Assert.Equal("HTTP/1.1 200 OK", response.StatusLine);
            Assert.Equal($"{method}: {(hasBody ? Body : "")}", response.Text);
        }
    }
}
