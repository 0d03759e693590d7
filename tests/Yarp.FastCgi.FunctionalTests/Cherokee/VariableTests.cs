using System.Text;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.FastCgi.FunctionalTests.Policies;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.FunctionalTests.Cherokee;

/// <summary>What a script learns of a request, as Cherokee's QA has it (docs/cherokee-qa.md).</summary>
public class VariableTests
{
    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa035_Script_IsRun()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("php1/simple.php", "<?php echo 'This'.' is '.'PHP' ?>");

        var response = await site.AskAsync("GET /php1/simple.php HTTP/1.0\r\n");

        Assert.Equal(200, response.Status);
        Assert.Equal("This is PHP", response.Text);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa038_Query_IsInGet()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("php4/get.php", "<?php echo $_GET['magic'];");

        var response = await site.AskAsync("GET /php4/get.php?this=1&magic=This_is_the_magic_key HTTP/1.0\r\n");

        Assert.Equal("This_is_the_magic_key", response.Text);
    }

    [RequiresProgramTheory(ExternalProgram.PhpCgi)]
    [InlineData(ExternalProgram.PhpFpm, "param1=one&param2=two&param3")]
    [InlineData(ExternalProgram.PhpCgi, "param1=one&param2=two&param3")]
    [InlineData(ExternalProgram.PhpCgi, "param1=%C2%BFQui%C3%A9n%20Est%C3%A1%20al%20Tel%C3%A9fono%3F")]
    public async Task Qa102And247_QueryString_IsAsSent(string program, string query)
    {
        await using var site = await QaSite.StartAsync(program);
        site.Files.Write("exec.php", "<?php echo $_SERVER['QUERY_STRING'];");

        var response = await site.AskAsync($"GET /exec.php?{query} HTTP/1.0\r\n");

        Assert.Equal(query, response.Text);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa134_KnownHeaders_ArePassedButForThoseOfThisConnection()
    {
        (string Name, string Value)[] passed =
        [
            ("User-Agent", "Mozilla/5.0 (X11; U; Linux i686; en-US; rv:1.8.0.1) Gecko/20060313 Debian/1.5.dfsg+1.5.0.1-4 Firefox/1.5.0.1"),
            ("Accept", "text/xml,application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5"),
            ("Accept-Language", "en-us,en;q=0.5"),
            ("Accept-Encoding", "whatever"),
            ("Accept-Charset", "ISO-8859-1,utf-8;q=0.7,*;q=0.7"),
            ("Referer", "http://www.cherokee-project.com"),
            ("Cookie", "Cherokee_cookie"),
            ("If-None-Match", "Fancy header"),
            ("If-Range", "Second fancy header"),
            ("If-Modified-Since", "Sun Mar 26 16:47:40 IST 2006"),
        ];
        (string Name, string Value)[] own = [("Connection", "Keep-Alive"), ("Keep-Alive", "300")];
        await using var site = await QaSite.StartAsync();
        site.Files.Write("test.php", "<?php foreach (explode(',', $_GET['names']) as $name) echo $name, ' - ', $_SERVER['HTTP_' . strtoupper(strtr($name, '-', '_'))] ?? 'absent', \"\\n\";");

        var response = await site.AskAsync(
            $"GET /test.php?names={string.Join(',', passed.Concat(own).Select(field => field.Name))} HTTP/1.0\r\n" + string.Concat(passed.Concat(own).Select(field => $"{field.Name}: {field.Value}\r\n")));

        Assert.Equal(
            passed.Select(field => $"{field.Name} - {field.Value}").Concat(own.Select(field => $"{field.Name} - absent")),
            response.Text.TrimEnd('\n').Split('\n'));
    }

    [RequiresProgramTheory(ExternalProgram.PhpCgi)]
    [InlineData(ExternalProgram.PhpFpm)]
    [InlineData(ExternalProgram.PhpCgi)]
    public async Task Qa141_EmptyVariables_ArePresent(string program)
    {
        await using var site = await QaSite.StartAsync(program);
        site.Files.Write("index.php", "<?php foreach (['PATH_INFO', 'QUERY_STRING'] as $name) echo $name, ': ', array_key_exists($name, $_SERVER) ? \"'$_SERVER[$name]'\" : 'absent', \"\\n\";");

        var response = await site.AskAsync("GET / HTTP/1.0\r\n");

        Assert.Equal("PATH_INFO: ''\nQUERY_STRING: ''\n", response.Text);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa197_SoapAction_IsPassed()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("file.php", "<?php echo $_SERVER['HTTP_SOAPACTION'];");

        var response = await site.AskAsync("GET /file.php HTTP/1.0\r\nSOAPAction: \"urn:wroxheroes\"\r\n");

        Assert.Equal("\"urn:wroxheroes\"", response.Text);
    }

    [RequiresProgramTheory(ExternalProgram.PhpFpm)]
    [InlineData("/private.php", HeaderAuthenticationHandler.Header + ": this_is_the_login\r\n", "Basic this_is_the_login")]
    [InlineData("/public.php", "Authorization: Basic dGhpczppcw==\r\n", "absent absent")]
    public async Task Qa206_AuthType_IsOfUsersThatTheServerHasAuthenticated(string target, string fields, string expected)
    {
        await using var site = await QaSite.StartAsync(options: options => options with
        {
            Services = services => services.AddAuthentication("Basic").AddScheme<AuthenticationSchemeOptions, HeaderAuthenticationHandler>("Basic", configureOptions: null),
            App = app => app.UseAuthentication(),
        });
        site.Files.Write(target[1..], "<?php echo $_SERVER['AUTH_TYPE'] ?? 'absent', ' ', $_SERVER['REMOTE_USER'] ?? 'absent';");

        var response = await site.AskAsync($"GET {target} HTTP/1.0\r\n{fields}");

        Assert.Equal(expected, response.Text);
    }

    [RequiresProgramFact(ExternalProgram.PhpFpm)]
    public async Task Qa309_EightyHeaders_AreAllPassed()
    {
        await using var site = await QaSite.StartAsync();
        site.Files.Write("test.php", "<?php foreach ($_SERVER as $name => $value) if (str_starts_with($name, 'HTTP_CONTENT_HEADER')) echo \"$name=$value\\n\";");
        var headers = new StringBuilder();
        for (var i = 0; i < 80; i++)
        {
            headers.Append(System.Globalization.CultureInfo.InvariantCulture, $"Content-Header{i}: {i}\r\n");
        }

        var response = await site.AskAsync("GET /test.php HTTP/1.0\r\n" + headers);

        Assert.Equal(Enumerable.Range(0, 80).Select(i => $"HTTP_CONTENT_HEADER{i}={i}").Order(StringComparer.Ordinal), response.Text.TrimEnd('\n').Split('\n').Order(StringComparer.Ordinal));
    }
}
