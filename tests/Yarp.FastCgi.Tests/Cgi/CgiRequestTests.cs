using System.Net;
using System.Security.Claims;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using NSubstitute;
using Yarp.FastCgi.Cgi;

namespace Yarp.FastCgi.Tests.Cgi;

public class CgiRequestTests
{
    [Theory]
    [InlineData("/a%2Fb//c?x=%20&y", "/a%2Fb//c?x=%20&y")]
    [InlineData("//host/path", "//host/path")]
    [InlineData("*", "*")]
    [InlineData("http://host/a?b", "/a?b")]
    [InlineData("http://host:81/", "/")]
    [InlineData("HTTPS://user@host/a//b?c=http://d/", "/a//b?c=http://d/")]
    [InlineData("http://host?x=/y", "/?x=/y")]
    [InlineData("http://host", "/")]
    [InlineData("http://", "/")]
    [InlineData("host:443", "/")]
    public void FromHttpContext_Target_IsInOriginForm(string target, string expected)
        => Assert.Equal(expected, CgiRequest.FromHttpContext(Context(target)).RequestUri);

    [Fact]
    public void FromHttpContext_ServerKeepsNoTarget_IsComposed()
    {
        var context = Context("");
        context.Request.PathBase = "/base é";
        context.Request.Path = "/a b";
        context.Request.QueryString = new QueryString("?x=%20");

        Assert.Equal("/base%20%C3%A9/a%20b?x=%20", CgiRequest.FromHttpContext(context).RequestUri);
    }

    [Fact]
    public void FromHttpContext_Request_IsTakenOver()
    {
        var context = Context("/base/a%20b?x");
        context.Request.Method = "PROPFIND";
        context.Request.PathBase = "/base";
        context.Request.Path = "/a b";
        context.Request.QueryString = new QueryString("?x");
        context.Request.Host = new HostString("Shop.Example:81");
        context.Request.Protocol = "HTTP/2";
        context.Request.ContentType = "text/plain";
        context.Connection.LocalIpAddress = IPAddress.Loopback;
        context.Connection.LocalPort = 8080;
        context.Connection.RemoteIpAddress = IPAddress.IPv6Loopback;
        context.Connection.RemotePort = 5555;

        var expected = new CgiRequest
        {
            Method = "PROPFIND",
            Path = "/a b",
            PathBase = "/base",
            MountPrefix = "/base",
            Query = "?x",
            RequestUri = "/base/a%20b?x",
            Host = "Shop.Example:81",
            Scheme = "http",
            Protocol = "HTTP/2",
            LocalAddress = IPAddress.Loopback,
            LocalPort = 8080,
            RemoteAddress = IPAddress.IPv6Loopback,
            RemotePort = 5555,
            ContentType = "text/plain",
        };
        Assert.Equal(expected, CgiRequest.FromHttpContext(context));
    }

    [Fact]
    public void FromHttpContext_AsteriskForm_HasTheRootAsItsPath()
    {
        var context = Context("*");
        context.Request.Method = "OPTIONS";
        context.Request.Path = "";

        var request = CgiRequest.FromHttpContext(context);

        Assert.Equal(("/", "*"), (request.Path, request.RequestUri));
    }

    [Fact]
    public void FromHttpContext_Nothing_IsEmptyAndNotNull()
    {
        var request = CgiRequest.FromHttpContext(Context("/"));

        Assert.Equal(("", "", "", "", "/"), (request.PathBase, request.MountPrefix, request.Query, request.Host, request.Path));
        Assert.Null(request.RemoteUser);
        Assert.Null(request.AuthType);
        Assert.Null(request.ContentType);
        Assert.Null(request.ContentLength);
    }

    [Theory]
    [InlineData("Bearer", "ada", "ada", "Bearer")]
    [InlineData("Bearer", null, "", "Bearer")]
    [InlineData(null, "ada", null, null)]
    [InlineData("", "ada", null, null)]
    public void FromHttpContext_User_IsRemoteUserWhenAuthenticated(string? authenticationType, string? name, string? remoteUser, string? authType)
    {
        var context = Context("/");
        context.User = new ClaimsPrincipal(new ClaimsIdentity(name is null ? [] : [new Claim(ClaimTypes.Name, name)], authenticationType));

        var request = CgiRequest.FromHttpContext(context);

        Assert.Equal((remoteUser, authType), (request.RemoteUser, request.AuthType));
    }

    [Theory]
    [InlineData("http", false, 8080)]
    [InlineData("https", true, 8080)]
    [InlineData("HTTPS", true, 8080)]
    [InlineData("https", false, 0)]
    [InlineData("http", true, 0)]
    public void FromHttpContext_AProxyReportsAnotherScheme_HasNoPortOfItsOwn(string scheme, bool isTls, int port)
    {
        var context = Context("/");
        context.Request.Scheme = scheme;
        context.Connection.LocalPort = 8080;
        if (isTls)
        {
            context.Features.Set(Substitute.For<ITlsConnectionFeature>());
        }

        Assert.Equal(port, CgiRequest.FromHttpContext(context).LocalPort);
    }

    private static DefaultHttpContext Context(string target)
    {
        var context = new DefaultHttpContext();
        context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget = target;
        context.Request.Scheme = "http";
        return context;
    }
}
