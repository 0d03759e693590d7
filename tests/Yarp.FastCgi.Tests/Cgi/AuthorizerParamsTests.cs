using System.Net;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Cgi;

/// <summary>What an authorizer gets, and what becomes of what it gives.</summary>
public class AuthorizerParamsTests
{
    private static readonly CgiRequest Request = new()
    {
        Method = "POST",
        Path = "/app.php/a b",
        PathBase = "/base",
        MountPrefix = "/base/more",
        Query = "?x=%20",
        RequestUri = "/base/app.php/a%20b?x=%20",
        Host = "host:8443",
        Scheme = "https",
        Protocol = "HTTP/2",
        LocalAddress = IPAddress.Loopback,
        LocalPort = 8443,
        RemoteAddress = IPAddress.Loopback,
        RemotePort = 5555,
        RemoteUser = "grace",
        AuthType = "Bearer",
        ContentType = "text/plain",
        ContentLength = 5,
        RedirectUrl = "/old",
        RedirectQuery = "?q",
    };

    private static readonly string[] Identity = ["REMOTE_USER", "AUTH_TYPE"];

    private static readonly string[] SplitPathAndLength = ["CONTENT_LENGTH", "PATH_INFO", "PATH_TRANSLATED", "SCRIPT_NAME"];

    // Of the identity, of the configuration below, and of nobody.
    private static readonly string[] OwnNames = [.. Identity, "APP_ENV", "APP_USER", "x-y"];

    private static readonly ScriptLocation Script = ScriptLocation.Script("/app.php", "/a b", "/srv/www/app.php", "/srv/www");

    private static readonly FastCgiClusterOptions Site = new() { DocumentRoot = "/srv/www", TlsParams = true };

    [Fact]
    public void WriteAuthorizerRequest_EverythingIsKnown_IsTheRequestsSetWithoutItsSplitPathAndLength()
    {
        var all = Write(Site, variables: null, asAuthorizer: false);

        var written = Write(Site, variables: null, asAuthorizer: true);

        Assert.Equal(all.Names.Except([.. SplitPathAndLength, "SCRIPT_FILENAME"]).Order(StringComparer.Ordinal), written.Names.Order(StringComparer.Ordinal));
        Assert.Equal("/base/app.php/a b", written["DOCUMENT_URI"]);
        Assert.Equal("/base/app.php/a%20b?x=%20", written["REQUEST_URI"]);
        Assert.Equal("/srv/www", written["DOCUMENT_ROOT"]);
    }

    [Fact]
    public void WriteAuthorizerRequest_ScriptOfItsOwn_IsTheOnlyOne()
    {
        var written = Write(new FastCgiClusterOptions { ScriptFile = "/srv/auth.php" }, variables: null, asAuthorizer: true);

        Assert.Equal("/srv/auth.php", written["SCRIPT_FILENAME"]);
        Assert.Null(written["DOCUMENT_ROOT"]);
    }

    [Theory]
    [InlineData("REMOTE_USER")]
    [InlineData("remote_user")]
    [InlineData("AUTH_TYPE")]
    [InlineData("AUTH_METHOD")]
    [InlineData("Shib-Session-ID")]
    [InlineData("eppn")]
    [InlineData("a.b")]
    [InlineData("HTTPX")]
    [InlineData("PATH_INFO2")]
    [InlineData("SERVER")]
    public void IsAllowed_NameOfItsOwn_IsTrue(string name) => Assert.True(AuthorizerVariableNames.IsAllowed(name));

    [Theory]
    [InlineData("")]
    [InlineData("A B")]
    [InlineData("A=B")]
    [InlineData("BASH_FUNC_ls%%")]
    [InlineData("Ä")]
    [InlineData("PHP_VALUE")]
    [InlineData("php-admin-value")]
    [InlineData("HTTP_PROXY")]
    [InlineData("http.anything")]
    [InlineData("FCGI_ROLE")]
    [InlineData("SSL_CLIENT_VERIFY")]
    [InlineData("SERVER_ADMIN")]
    [InlineData("REMOTE_HOST")]
    public void IsAllowed_NameThatMeansMore_IsFalse(string name) => Assert.False(AuthorizerVariableNames.IsAllowed(name));

    [Fact]
    public void IsAllowed_AnyParamThatThisServerMakes_IsFalseHoweverItIsSpelled()
    {
        var made = Write(Site, variables: null, asAuthorizer: false).Names.Except(Identity).ToArray();
        Assert.True(made.Length > 20);

        Gen.Select(Gen.Int[0, made.Length - 1].Select(index => made[index]), Gen.Bool.Array[64], Gen.Char["_-."]).Sample((name, lower, dash) =>
            Assert.False(AuthorizerVariableNames.IsAllowed(string.Concat(name.Select((c, i) => c == '_' ? dash : lower[i % 64] ? char.ToLowerInvariant(c) : c)))));
    }

    [Fact]
    public void Write_AnyVariables_AreThereAsTheyAreAndNoNameStandsTwice()
    {
        var name = Gen.OneOf(Gen.Int[0, OwnNames.Length - 1].Select(index => OwnNames[index]), Gen.Char["AZaz09_-."].Array[1, 12].Select(chars => new string(chars)))
            .Where(AuthorizerVariableNames.IsAllowed);
        var value = Gen.Char['\u0020', '\u00FF'].Array[0, 20].Select(chars => new string(chars));
        var options = Site with { Params = new Dictionary<string, string> { ["APP_ENV"] = "prod", ["APP_USER"] = "{authorizer:REMOTE_USER}", ["REMOTE_USER"] = "configured" } };

        Gen.Select(Gen.Dictionary(name, value)[0, 8], Gen.Bool).Sample((Dictionary<string, string> variables, bool asAuthorizer) =>
        {
            var written = Write(options, variables, asAuthorizer);
            foreach (var (variable, text) in variables)
            {
                Assert.Equal(text.Length > 0, written.Names.Contains(variable));
                Assert.True(text.Length == 0 || written.Bytes(variable).SequenceEqual(text.Select(c => (byte)c)));
            }
        });
    }

    [Fact]
    public void Write_OtherUser_ComesWithoutTheOldOnesAuthType()
    {
        var written = Write(Site, new Dictionary<string, string> { ["REMOTE_USER"] = "ada" }, asAuthorizer: false);

        Assert.Equal("ada", written["REMOTE_USER"]);
        Assert.Null(written["AUTH_TYPE"]);
    }

    [Fact]
    public void With_LaterVariables_HaveTheLastWord()
    {
        var variables = new AuthorizerVariables(new Dictionary<string, string> { ["A"] = "1", ["B"] = "1" }).With(new Dictionary<string, string> { ["B"] = "2", ["a"] = "3" });

        Assert.Equal(
            [new("A", "1"), new("B", "2"), new("a", "3")],
            variables.Variables.OrderBy(pair => pair.Key, StringComparer.Ordinal).ThenBy(pair => pair.Value));
    }

    private static WrittenParams Write(FastCgiClusterOptions options, IReadOnlyDictionary<string, string>? variables, bool asAuthorizer)
    {
        var context = new DefaultHttpContext();
        if (variables is not null)
        {
            context.Features.Set<IFastCgiAuthorizerFeature>(new AuthorizerVariables(variables));
        }

        using var writer = new RequestWriter();
        var application = new FastCgiApplication(SettingsResolver.Resolve(options).Application, TimeProvider.System);
        var parameters = new CgiParamsWriter(writer, application, new RequestHeaderEncoding(Options.Create(new KestrelServerOptions())), context);
        if (asAuthorizer)
        {
            parameters.WriteAuthorizerRequest(Request);
        }
        else
        {
            parameters.WriteRequest(Request, Script);
        }

        return new WrittenParams(writer);
    }
}
