using System.Net;
using System.Text;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Yarp.FastCgi.Cgi;
using Yarp.FastCgi.Client;
using Yarp.FastCgi.Client.Protocol;
using Yarp.FastCgi.Configuration;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Cgi;

public class CgiParamsWriterTests
{
    private static readonly CgiRequest Get = new()
    {
        Method = "GET",
        Path = "/app.php",
        PathBase = "",
        MountPrefix = "",
        Query = "",
        RequestUri = "/app.php",
        Host = "host",
        Scheme = "http",
        Protocol = "HTTP/1.1",
        LocalAddress = IPAddress.Loopback,
        LocalPort = 80,
        RemoteAddress = IPAddress.Loopback,
        RemotePort = 5555,
    };

    private static readonly FastCgiClusterOptions Site = new() { DocumentRoot = "/srv/www" };

    [Fact]
    public void WriteRequest_EverythingIsKnown_IsTheWholeSet()
    {
        var request = Get with
        {
            Method = "POST",
            Path = "/app.php/a b",
            PathBase = "/base",
            MountPrefix = "/base/more",
            Query = "?x=%20",
            RequestUri = "/base/app.php/a%20b?x=%20",
            Host = "Shop.Example:8443",
            Scheme = "https",
            Protocol = "HTTP/2",
            LocalAddress = IPAddress.Parse("10.0.0.1"),
            LocalPort = 8443,
            RemoteAddress = IPAddress.Parse("::ffff:192.0.2.7"),
            RemoteUser = "ada",
            AuthType = "Bearer",
            ContentType = "text/plain",
            ContentLength = 12_345_678_901,
        };

        var written = Write(request, Site, ScriptLocation.Script("/app.php", "/a b", "/srv/www/app.php", "/srv/www"));

        Assert.Equal(
            [
                "AUTH_TYPE=Bearer",
                "CONTENT_LENGTH=12345678901",
                "CONTENT_TYPE=text/plain",
                "DOCUMENT_ROOT=/srv/www",
                "DOCUMENT_URI=/base/app.php/a b",
                "GATEWAY_INTERFACE=CGI/1.1",
                "HTTPS=on",
                "HTTP_HOST=Shop.Example:8443",
                "PATH_INFO=/a b",
                "PATH_TRANSLATED=/srv/www/a b",
                "QUERY_STRING=x=%20",
                "REDIRECT_STATUS=200",
                "REMOTE_ADDR=192.0.2.7",
                "REMOTE_PORT=5555",
                "REMOTE_USER=ada",
                "REQUEST_METHOD=POST",
                "REQUEST_SCHEME=https",
                "REQUEST_URI=/base/app.php/a%20b?x=%20",
                "SCRIPT_FILENAME=/srv/www/app.php",
                "SCRIPT_NAME=/base/app.php",
                "SERVER_ADDR=10.0.0.1",
                "SERVER_NAME=shop.example",
                "SERVER_PORT=8443",
                "SERVER_PROTOCOL=HTTP/2.0",
                "SERVER_SOFTWARE=" + written["SERVER_SOFTWARE"],
            ],
            written.Lines);
        Assert.Matches(@"^Yarp\.FastCgi/\d+\.\d+", written["SERVER_SOFTWARE"]);
    }

    [Fact]
    public void WriteRequest_PlainGet_HasEmptyParamsWhereCgiWantsThemAndNoOthers()
    {
        var written = Write(Get, Site, ScriptLocation.Script("/app.php", "", "/srv/www/app.php", "/srv/www"));

        Assert.Equal(
            [
                "DOCUMENT_ROOT", "DOCUMENT_URI", "GATEWAY_INTERFACE", "HTTP_HOST", "PATH_INFO", "QUERY_STRING", "REDIRECT_STATUS", "REMOTE_ADDR", "REMOTE_PORT", "REQUEST_METHOD",
                "REQUEST_SCHEME", "REQUEST_URI", "SCRIPT_FILENAME", "SCRIPT_NAME", "SERVER_ADDR", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "SERVER_SOFTWARE",
            ],
            written.Names.Order(StringComparer.Ordinal));
        Assert.Equal("", written["PATH_INFO"]);
        Assert.Equal("", written["QUERY_STRING"]);
    }

    [Fact]
    public void WriteRequest_ApplicationServesTheTree_HasTheMountPrefixAsItsScriptName()
    {
        var written = Write(
            Get with { PathBase = "/base", MountPrefix = "/base/shop" },
            new FastCgiClusterOptions { CheckFile = FastCgiCheckFile.Off },
            ScriptLocation.Script("", "/é", "/é", documentRoot: null));

        Assert.Equal("/base/shop", written["SCRIPT_NAME"]);
        Assert.Equal("/base/shop/é", written["DOCUMENT_URI"]);
        Assert.Equal("/é", written["PATH_INFO"]);
        Assert.Null(written["DOCUMENT_ROOT"]);
        Assert.Null(written["PATH_TRANSLATED"]);
    }

    [Fact]
    public void WriteRequest_RootOfTheFileSystem_TranslatesWithOneSlash()
    {
        var written = Write(Get, Site, ScriptLocation.Script("/a.php", "/b", "/a.php", "/"));

        Assert.Equal("/", written["DOCUMENT_ROOT"]);
        Assert.Equal("/b", written["PATH_TRANSLATED"]);
    }

    [Theory]
    [InlineData("http", null)]
    [InlineData("https", "on")]
    [InlineData("HTTPS", "on")]
    [InlineData("httpsx", null)]
    public void WriteRequest_Scheme_IsHttpsOrNothing(string scheme, string? https)
        => Assert.Equal(https, Write(Get with { Scheme = scheme })["HTTPS"]);

    [Theory]
    [InlineData("HTTP/1.0", "HTTP/1.0")]
    [InlineData("HTTP/1.1", "HTTP/1.1")]
    [InlineData("HTTP/2", "HTTP/2.0")]
    [InlineData("HTTP/3", "HTTP/3.0")]
    public void WriteRequest_Protocol_HasAMinorVersion(string protocol, string expected)
        => Assert.Equal(expected, Write(Get with { Protocol = protocol })["SERVER_PROTOCOL"]);

    [Theory]
    [InlineData("Shop.Example", "10.0.0.1", 8080, "http", "shop.example", "8080")]
    [InlineData("shop.example:81", "10.0.0.1", 8080, "http", "shop.example", "8080")]
    [InlineData("shop.example:81", null, 0, "http", "shop.example", "81")]
    [InlineData("shop.example", null, 0, "http", "shop.example", "80")]
    [InlineData("shop.example", null, 0, "https", "shop.example", "443")]
    [InlineData("[2001:DB8::1]:8080", null, 0, "http", "[2001:db8::1]", "8080")]
    [InlineData("[2001:DB8::1]", "::1", 80, "http", "[2001:db8::1]", "80")]
    [InlineData("", "10.0.0.1", 80, "http", "10.0.0.1", "80")]
    [InlineData("", "::ffff:10.0.0.1", 80, "http", "10.0.0.1", "80")]
    [InlineData("", "2001:db8::1", 80, "http", "[2001:db8::1]", "80")]
    [InlineData("", null, 0, "https", "localhost", "443")]
    [InlineData(":81", "10.0.0.1", 8080, "http", "10.0.0.1", "8080")]
    public void WriteRequest_HostAndListener_AreServerNameAndPort(string host, string? localAddress, int localPort, string scheme, string serverName, string serverPort)
    {
        var written = Write(Get with { Host = host, LocalAddress = localAddress is null ? null : IPAddress.Parse(localAddress), LocalPort = localPort, Scheme = scheme });

        Assert.Equal((serverName, serverPort), (written["SERVER_NAME"], written["SERVER_PORT"]));
        Assert.Equal(host.Length == 0 ? null : host, written["HTTP_HOST"]);
        Assert.Equal(localAddress?.Replace("::ffff:", "", StringComparison.Ordinal), written["SERVER_ADDR"]);
    }

    [Theory]
    [InlineData(null, 0, "unix:", null)]
    [InlineData("192.0.2.7", 1, "192.0.2.7", "1")]
    [InlineData("::ffff:192.0.2.7", 65535, "192.0.2.7", "65535")]
    [InlineData("2001:db8::7", 5555, "2001:db8::7", "5555")]
    public void WriteRequest_Client_IsRemoteAddressAndPort(string? address, int port, string remoteAddress, string? remotePort)
    {
        var written = Write(Get with { RemoteAddress = address is null ? null : IPAddress.Parse(address), RemotePort = port });

        Assert.Equal((remoteAddress, remotePort), (written["REMOTE_ADDR"], written["REMOTE_PORT"]));
    }

    [Fact]
    public void WriteRequest_UserWithoutName_IsThereAndEmpty()
    {
        var written = Write(Get with { RemoteUser = "", AuthType = "Bearer" });

        Assert.Equal(("", "Bearer"), (written["REMOTE_USER"], written["AUTH_TYPE"]));
    }

    [Fact]
    public void WriteHeaders_SeveralFieldsOfOneName_AreJoined()
    {
        var headers = new HeaderDictionary
        {
            ["X-A"] = new StringValues(["1", "2"]),
            ["cookie"] = new StringValues(["a=1", "b=2"]),
            ["X-Empty"] = "",
            ["X-None"] = StringValues.Empty,
        };

        var written = WriteHeaders(headers);

        Assert.Equal("1, 2", written["HTTP_X_A"]);
        Assert.Equal("a=1; b=2", written["HTTP_COOKIE"]);
        Assert.Equal("", written["HTTP_X_EMPTY"]);
    }

    [Theory]
    [InlineData("close")]
    [InlineData("Keep-Alive")]
    [InlineData("X-Secret, close")]
    [InlineData("close ,\tx-SECRET ,")]
    [InlineData("close", "X-Secret")]
    [InlineData("X-Secre", "X-Secrets, X-Plain-")]
    public void WriteHeaders_NamedByConnection_StaysHere(params string[] connection)
    {
        var headers = new HeaderDictionary { ["Connection"] = connection, ["X-Secret"] = "1", ["X-Plain"] = "2", ["Close"] = "3" };

        var written = WriteHeaders(headers);

        var namesSecret = connection.Any(value => value.Split(',').Any(name => name.Trim().Equals("X-Secret", StringComparison.OrdinalIgnoreCase)));
        Assert.Equal(namesSecret ? null : "1", written["HTTP_X_SECRET"]);
        Assert.Equal("2", written["HTTP_X_PLAIN"]);
        Assert.Null(written["HTTP_CONNECTION"]);
    }

    [Fact]
    public void WriteHeaders_NotAscii_IsEncodedAsKestrelDecodedIt()
    {
        var encoding = Encode(name => name == "X-Latin1" ? Encoding.Latin1 : null);
        var headers = new HeaderDictionary { ["X-Latin1"] = "é", ["X-Utf8"] = "é", ["X-Ascii"] = "e" };

        var written = WriteHeaders(headers, headerEncoding: encoding);

        Assert.Equal([0xE9], written.Bytes("HTTP_X_LATIN1"));
        Assert.Equal([0xC3, 0xA9], written.Bytes("HTTP_X_UTF8"));
        Assert.Equal("e"u8.ToArray(), written.Bytes("HTTP_X_ASCII"));
    }

    [Fact]
    public void WriteHeaders_AnyNames_MakeNoDuplicateAndNoForgedParam() =>
        Gen.Select(RequestHeaderGen.Name, RequestHeaderGen.Value).Array[0, 20].Sample(fields =>
        {
            var headers = new HeaderDictionary();
            foreach (var (name, value) in fields)
            {
                headers[name] = StringValues.Concat(headers[name], value);
            }

            // Duplicates fail in here.
            var withoutHeaders = Write(Get);
            var written = WriteHeaders(headers);

            foreach (var name in written.Names.Except(withoutHeaders.Names))
            {
                Assert.Matches("^HTTP_[A-Z0-9_]+$", name);
                Assert.DoesNotContain(name, new[] { "HTTP_PROXY", "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "HTTP_CONNECTION", "HTTP_TE", "HTTP_UPGRADE", "HTTP_TRANSFER_ENCODING" });
            }

            Assert.Equal(withoutHeaders.Lines, written.Lines.Where(line => withoutHeaders.Names.Contains(line.Split('=')[0])));
        });

    [Fact]
    public void Write_ParamsOfTheConfiguration_WinOverAllOthersAndTheEmptyOneRemoves()
    {
        var options = Site with
        {
            Params = new Dictionary<string, string>
            {
                ["REQUEST_METHOD"] = "TRACE",
                ["CONTENT_LENGTH"] = "1",
                ["HTTP_HOST"] = "other",
                ["HTTP_X_A"] = "mine",
                ["HTTP_X_B"] = "",
                ["SERVER_SOFTWARE"] = "",
                ["REMOTE_ADDR"] = "",
                ["APP_ENV"] = "prod é",
                ["NOTHING"] = "",
            },
        };
        var headers = new HeaderDictionary { ["X-A"] = "client", ["X-B"] = "client", ["X-C"] = "client" };

        var written = WriteHeaders(headers, options);

        Assert.Equal("TRACE", written["REQUEST_METHOD"]);
        Assert.Equal("1", written["CONTENT_LENGTH"]);
        Assert.Equal("other", written["HTTP_HOST"]);
        Assert.Equal("mine", written["HTTP_X_A"]);
        Assert.Equal("client", written["HTTP_X_C"]);
        Assert.Equal("prod é", written["APP_ENV"]);
        Assert.DoesNotContain(written.Names, name => name is "HTTP_X_B" or "SERVER_SOFTWARE" or "REMOTE_ADDR" or "NOTHING");
    }

    [Fact]
    public void Write_AnyParamsOfTheConfiguration_StandOnceEach()
    {
        string[] names = ["REQUEST_METHOD", "SERVER_NAME", "SERVER_PORT", "HTTP_HOST", "HTTP_X_A", "HTTPS", "QUERY_STRING", "CONTENT_TYPE", "DOCUMENT_ROOT", "A", "a", "É"];
        Gen.Select(Gen.Int[0, names.Length - 1].Select(index => names[index]), Gen.Char["ab é"].Array[0, 5].Select(characters => new string(characters)))
            .Array[0, 12]
            .Sample(pairs =>
            {
                var configured = pairs.DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, pair => pair.Item2);

                var written = WriteHeaders(new HeaderDictionary { ["X-A"] = "client" }, Site with { Params = configured });

                foreach (var (name, value) in configured)
                {
                    Assert.Equal(value.Length == 0 ? null : value, written[name]);
                }
            });
    }

    [Fact]
    public void Write_SameParamsInAnotherOrder_AreTheSameBytes()
    {
        string[] names = ["PHP_VALUE", "PHP_ADMIN_VALUE", "B", "A", "a", "\u00c9", "SERVER_NAME"];
        var expected = WrittenNames(names);

        for (var i = 0; i < names.Length; i++)
        {
            Assert.Equal(expected, WrittenNames([.. names[i..], .. names[..i]]));
        }

        Assert.Equal(["A", "B", "PHP_ADMIN_VALUE", "PHP_VALUE", "SERVER_NAME", "a", "\u00c9"], expected.Where(names.Contains));

        static IEnumerable<string> WrittenNames(string[] names)
            => WriteHeaders([], Site with { Params = names.ToDictionary(name => name, name => "of " + name) }).Names;
    }

    [Theory]
    [InlineData("header", "HTTP_X_A")]
    [InlineData("query", "QUERY_STRING")]
    [InlineData("content type", "CONTENT_TYPE")]
    public void Write_ParamLongerThanARecord_NamesItAndItsLength(string where, string name)
    {
        // Two bytes each in UTF-8.
        var longest = new string('é', 33_000);
        var request = Get with { Query = where == "query" ? "?" + longest : "", ContentType = where == "content type" ? longest : null };
        var headers = new HeaderDictionary { ["X-A"] = where == "header" ? longest : "" };

        var exception = Assert.Throws<FastCgiException>(() => WriteHeaders(headers, request: request));

        Assert.Equal(FastCgiError.ParamTooLong, exception.Error);
        Assert.Equal($"The param {name} has 66000 bytes; a FastCGI record carries at most 65528 with its name.", exception.Message);
    }

    [Fact]
    public void Write_ParamAsLongAsARecord_IsWritten()
    {
        // One byte for the name's length and four for the value's.
        var longest = new string('v', 65528 - 1 - 4 - "HTTP_X_A".Length);

        Assert.Equal(longest, WriteHeaders(new HeaderDictionary { ["X-A"] = longest })["HTTP_X_A"]);
        Assert.Throws<FastCgiException>(() => WriteHeaders(new HeaderDictionary { ["X-A"] = longest + "v" }));
    }

    private static WrittenParams Write(CgiRequest request)
        => Write(request, Site, ScriptLocation.Script("/app.php", "", "/srv/www/app.php", "/srv/www"));

    private static WrittenParams Write(CgiRequest request, FastCgiClusterOptions options, ScriptLocation script)
    {
        using var writer = new RequestWriter();
        new CgiParamsWriter(writer, CreateApplication(options), Encode(_ => null), context: null).WriteRequest(request, script);
        return new WrittenParams(writer);
    }

    private static WrittenParams WriteHeaders(
        HeaderDictionary headers, FastCgiClusterOptions? options = null, CgiRequest? request = null, RequestHeaderEncoding? headerEncoding = null)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Connection = headers["Connection"];
        using var writer = new RequestWriter();
        var parameters = new CgiParamsWriter(writer, CreateApplication(options ?? Site), headerEncoding ?? Encode(_ => null), context);
        parameters.WriteRequest(request ?? Get, ScriptLocation.Script("/app.php", "", "/srv/www/app.php", "/srv/www"));
        parameters.WriteHeaders(headers);
        return new WrittenParams(writer);
    }

    private static FastCgiApplication CreateApplication(FastCgiClusterOptions options) => new(SettingsResolver.Resolve(options).Application, TimeProvider.System);

    private static RequestHeaderEncoding Encode(Func<string, Encoding?> selector)
        => new(Options.Create(new KestrelServerOptions { RequestHeaderEncodingSelector = selector }));
}
