using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Yarp.FastCgi.FunctionalTests.Infrastructure;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Authorization;

/// <summary>Authorizers as they are written: on libfcgi, and in PHP.</summary>
public class RealAuthorizerTests
{
    private const string PhpAuthorizer = """
        <?php
        if ($_SERVER['FCGI_ROLE'] !== 'AUTHORIZER' || file_get_contents('php://input') !== '') {
            http_response_code(500);
            exit('not asked as an authorizer');
        }
        if (($_SERVER['PHP_AUTH_USER'] ?? '') !== 'ada' || $_SERVER['PHP_AUTH_PW'] !== 'lovelace') {
            http_response_code(401);
            header('WWW-Authenticate: Basic realm="php"');
            exit('Who are you?');
        }
        if ($_SERVER['DOCUMENT_URI'] === '/crash') {
            no_such_function();
        }
        header('Variable-REMOTE_USER: ' . $_SERVER['PHP_AUTH_USER']);
        header('Variable-SEEN: ' . $_SERVER['REQUEST_METHOD'] . ' ' . $_SERVER['REQUEST_URI']);
        """;

    [RequiresProgramTheory(ExternalProgram.PerlFcgi)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Perl_OnLibfcgi_Authorises(bool keepAlive)
    {
        await using var perl = await PerlAuthorizer.StartAsync();
        await using var application = ScriptedResponder.Start(request => Reply.Text($"{request["AUTH_TYPE"]} {request["REMOTE_USER"]} {request["REQUESTS"]} {request.StdinText}"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, perl.Address)
        {
            AuthorizerFastCgi = $""" "KeepAlive": {(keepAlive ? "true" : "false")}, "MaxConnectionLifetime": "01:00:00" """,
        }.ToString());

        using var anonymous = await proxy.Client.GetAsync("/page");
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal("Basic realm=\"perl\"", anonymous.Headers.WwwAuthenticate.Single().ToString());
        Assert.Equal("Who are you?\n", await anonymous.Content.ReadAsStringAsync());
        Assert.Contains(proxy.Logs.Ours, entry => entry.EventId.Name == "Stderr" && entry.Message.EndsWith("unknown user", StringComparison.Ordinal));

        using var known = await SendAsync(proxy, HttpMethod.Post, "/page");
        Assert.Equal("Basic ada 2 the body", await known.Content.ReadAsStringAsync());
        using var again = await SendAsync(proxy, HttpMethod.Get, "/page");
        Assert.Equal("Basic ada 3 ", await again.Content.ReadAsStringAsync());

        using var forbidden = await SendAsync(proxy, HttpMethod.Get, "/admin/x");
        Assert.Equal(HttpStatusCode.Forbidden, forbidden.StatusCode);
        Assert.Equal("Not for ada.\n", await forbidden.Content.ReadAsStringAsync());
        Assert.Equal(2, application.Requests.Count);
    }

    [RequiresProgramFact(ExternalProgram.PerlFcgi)]
    public async Task Perl_DiesBehindItsHead_AllowsNothing()
    {
        await using var perl = await PerlAuthorizer.StartAsync();
        await using var application = ScriptedResponder.Start(_ => Reply.Text("secret"));
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(application.Address, perl.Address).ToString());

        using var response = await SendAsync(proxy, HttpMethod.Post, "/die");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Empty(application.Requests);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Php_OneScript_AuthorisesAnotherPool()
    {
        await using var fpm = await PhpFpm.StartAsync();
        var script = fpm.Files.Write("check.php", PhpAuthorizer);
        fpm.Files.Write("page.php", "<?php echo $_SERVER['REMOTE_USER'], ' ', $_SERVER['SEEN'], ' ', file_get_contents('php://input');");
        await using var proxy = await TestProxy.StartAsync(new AuthorizedJson(fpm.Address, fpm.Address)
        {
            FastCgi = $""" "DocumentRoot": "{fpm.Files.Root}" """,
            AuthorizerFastCgi = $""" "ScriptFile": "{script}" """,
        }.ToString());

        using var anonymous = await proxy.Client.GetAsync("/page.php");
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        Assert.Equal("Who are you?", await anonymous.Content.ReadAsStringAsync());

        using var known = await SendAsync(proxy, HttpMethod.Post, "/page.php?x=1");
        Assert.Equal("ada POST /page.php?x=1 the body", await known.Content.ReadAsStringAsync());

        using var crashed = await SendAsync(proxy, HttpMethod.Post, "/crash");
        Assert.Equal(HttpStatusCode.InternalServerError, crashed.StatusCode);
    }

    private static Task<HttpResponseMessage> SendAsync(TestProxy proxy, HttpMethod method, string path) => proxy.Client.SendAsync(new HttpRequestMessage(method, path)
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.ASCII.GetBytes("ada:lovelace"))) },
        Content = method == HttpMethod.Post ? new StringContent("the body") : null,
    });
}
