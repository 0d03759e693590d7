using System.Net.Sockets;
using System.Text;
using CsCheck;

namespace Yarp.FastCgi.Client.Tests;

public class FastCgiEndpointTests
{
    private const string RightForms = " Use fastcgi://host[:9000], fastcgi://[::1]:9000, unix:/absolute/path or unix:@name.";

    // Pieces of addresses, so that random texts get past the first checks.
    private static readonly string[] Pieces =
    [
        "unix:", "UNIX:", "fastcgi://", "FastCgi://", "/", "//", "@", ":", "[", "]", "[::1]", "9000", "0", "127.0.0.1", "host", ".", "-", "%", "?", "é", "İ", "\0", " ",
    ];

    private static readonly Gen<string> AnyText = Gen
        .Frequency((4, Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i])), (1, Gen.String[0, 5]))
        .Array[0, 8]
        .Select(string.Concat);

    [Theory]
    [InlineData("fastcgi://host", "fastcgi://host:9000")]
    [InlineData("fastcgi://host:1", "fastcgi://host:1")]
    [InlineData("fastcgi://host:65535/", "fastcgi://host:65535")]
    [InlineData("fastcgi://host/", "fastcgi://host:9000")]
    [InlineData("FASTCGI://Host.Example:09001", "fastcgi://host.example:9001")]
    [InlineData("fastcgi://my_app-1", "fastcgi://my_app-1:9000")]
    [InlineData("fastcgi://php.default.svc.cluster.local.", "fastcgi://php.default.svc.cluster.local.:9000")]
    [InlineData("fastcgi://10.0.0.7:9000", "fastcgi://10.0.0.7:9000")]
    [InlineData("fastcgi://[::1]", "fastcgi://[::1]:9000")]
    [InlineData("fastcgi://[::1]:9001/", "fastcgi://[::1]:9001")]
    [InlineData("fastcgi://[FE80:0:0:0:0:0:0:1%1]:9001", "fastcgi://[fe80::1%1]:9001")]
    [InlineData("unix:/run/php/php-fpm.sock", "unix:/run/php/php-fpm.sock")]
    [InlineData("unix:///run/php/php-fpm.sock", "unix:/run/php/php-fpm.sock")]
    [InlineData("Unix:/run/App.sock", "unix:/run/App.sock")]
    [InlineData("unix:/run/a b/é:@?.sock", "unix:/run/a b/é:@?.sock")]
    [InlineData("unix:@app", "unix:@app")]
    [InlineData("unix:@/app", "unix:@/app")]
    public void Parse_RightForm_HasCanonicalForm(string text, string canonical)
    {
        var endpoint = FastCgiEndpoint.Parse(text);

        Assert.Equal(canonical, endpoint.ToString());
        Assert.Equal(endpoint, FastCgiEndpoint.Parse(canonical));
    }

    [Fact]
    public void Parse_Tcp_HasHostAndPort()
    {
        var endpoint = FastCgiEndpoint.Parse("fastcgi://Host:9001");

        Assert.False(endpoint.IsUnix);
        Assert.Null(endpoint.UnixPath);
        Assert.Equal("host", endpoint.Host);
        Assert.Equal(9001, endpoint.Port);
    }

    [Fact]
    public void Parse_IPv6_HasHostWithoutBrackets()
    {
        var endpoint = FastCgiEndpoint.Parse("fastcgi://[0:0:0:0:0:0:0:1]");

        Assert.Equal("::1", endpoint.Host);
        Assert.Equal(FastCgiEndpoint.DefaultPort, endpoint.Port);
    }

    [Theory]
    [InlineData("unix:///run/app.sock", "/run/app.sock")]
    [InlineData("unix:@app", "@app")]
    public void Parse_Unix_HasPath(string text, string path)
    {
        var endpoint = FastCgiEndpoint.Parse(text);

        Assert.True(endpoint.IsUnix);
        Assert.Equal(path, endpoint.UnixPath);
        Assert.Null(endpoint.Host);
        Assert.Equal(0, endpoint.Port);
    }

    [Theory]
    [InlineData("host:9000", "has no scheme of a FastCGI address")]
    [InlineData("/run/app.sock", "has no scheme of a FastCGI address")]
    [InlineData("http://host:9000", "has no scheme of a FastCGI address")]
    [InlineData("fastcgi:host", "has no scheme of a FastCGI address")]
    [InlineData("fcgi://host", "has no scheme of a FastCGI address")]
    [InlineData(" fastcgi://host", "has no scheme of a FastCGI address")]
    [InlineData("unix:", "names no absolute path and no abstract socket")]
    [InlineData("unix:/", "names no absolute path and no abstract socket")]
    [InlineData("unix:@", "names no absolute path and no abstract socket")]
    [InlineData("unix:run/app.sock", "names no absolute path and no abstract socket")]
    [InlineData("unix://run/app.sock", "names no absolute path and no abstract socket")]
    [InlineData("unix:////run/app.sock", "names no absolute path and no abstract socket")]
    [InlineData("unix://@app", "names no absolute path and no abstract socket")]
    [InlineData("unix:/run/\0app.sock", "contains a control character")]
    [InlineData("unix:/run/app.sock\n", "contains a control character")]
    [InlineData("unix:/run/\u0085.sock", "contains a control character")]
    [InlineData("fastcgi://host:9000\0", "contains a control character")]
    [InlineData("fastcgi://", "has no valid host name")]
    [InlineData("fastcgi:///run/app.sock", "has no valid host name")]
    [InlineData("fastcgi://:9000", "has no valid host name")]
    [InlineData("fastcgi://user@host", "has no valid host name")]
    [InlineData("fastcgi://host/path", "has no valid host name")]
    [InlineData("fastcgi://host?x", "has no valid host name")]
    [InlineData("fastcgi://a b", "has no valid host name")]
    [InlineData("fastcgi://9000", "has no valid host name")]
    [InlineData("fastcgi://127.1", "has no valid host name")]
    [InlineData("fastcgi://010.0.0.1", "has no valid host name")]
    [InlineData("fastcgi://0x7f000001", "has no valid host name")]
    [InlineData("fastcgi://::1", "has no valid host name")]
    [InlineData("fastcgi://[]", "has no IPv6 address in its brackets")]
    [InlineData("fastcgi://[::1", "has no IPv6 address in its brackets")]
    [InlineData("fastcgi://[127.0.0.1]", "has no IPv6 address in its brackets")]
    [InlineData("fastcgi://[host]:9000", "has no IPv6 address in its brackets")]
    [InlineData("fastcgi://[::1]9000", "has text behind its brackets that is no port")]
    [InlineData("fastcgi://[::1]:", "has no port behind its colon")]
    [InlineData("fastcgi://host:", "has no port behind its colon")]
    [InlineData("fastcgi://host:/", "has no port behind its colon")]
    [InlineData("fastcgi://host:0", "has a port outside 1 to 65535")]
    [InlineData("fastcgi://host:65536", "has a port outside 1 to 65535")]
    [InlineData("fastcgi://host:99999999999999999999", "has a port outside 1 to 65535")]
    [InlineData("fastcgi://host:-1", "has a port outside 1 to 65535")]
    [InlineData("fastcgi://host:+1", "has a port outside 1 to 65535")]
    [InlineData("fastcgi://host: 1", "has a port outside 1 to 65535")]
    [InlineData("fastcgi://host:9000:9000", "has a port outside 1 to 65535")]
    [InlineData("fastcgi://host:9000//", "has a port outside 1 to 65535")]
    [InlineData("fastcgi://host:9000/path", "has a port outside 1 to 65535")]
    [InlineData("fastcgi://host:ftp", "has a port outside 1 to 65535")]
    public void TryParse_OtherForm_SaysWhatIsWrongAndWhatIsRight(string text, string reason)
    {
        Assert.False(FastCgiEndpoint.TryParse(text, out var endpoint, out var error));

        Assert.Null(endpoint);
        Assert.Equal($"The FastCGI address '{text}' {reason}.{RightForms}", error);
        Assert.Equal(error, Assert.Throws<FormatException>(() => FastCgiEndpoint.Parse(text)).Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void TryParse_Nothing_SaysSo(string? text)
    {
        Assert.False(FastCgiEndpoint.TryParse(text, out _, out var error));

        Assert.Equal("The FastCGI address is empty." + RightForms, error);
    }

    [Theory]
    [InlineData('/', 'x', 106)]
    [InlineData('/', 'é', 53)]
    [InlineData('@', 'x', 107)]
    public void Parse_LongestUnixName_IsWhatTheSystemTakes(char first, char character, int count)
    {
        var address = $"unix:{first}{new string(character, count)}";

        // Throws when it is too long for a socket address.
        Assert.Equal(AddressFamily.Unix, FastCgiEndpoint.Parse(address).CreateUnixEndPoint().AddressFamily);

        Assert.False(FastCgiEndpoint.TryParse(address + character, out _, out var error));
        Assert.Contains("is longer than the 107 bytes that the name of a unix socket can have", error, StringComparison.Ordinal);
    }

    [Fact]
    public void TryParse_HostLongerThanDnsAllows_IsRefused()
    {
        var host = string.Join('.', Enumerable.Repeat(new string('a', 63), 4));

        Assert.Equal(host, FastCgiEndpoint.Parse("fastcgi://" + host).Host);
        Assert.False(FastCgiEndpoint.TryParse($"fastcgi://{host}.a", out _, out _));
    }

    [Fact]
    public void Equals_SameCanonicalForm_IsEqual()
    {
        var endpoint = FastCgiEndpoint.Parse("fastcgi://HOST");

        Assert.Equal(endpoint, FastCgiEndpoint.Parse("FastCgi://host:9000/"));
        Assert.Equal(endpoint.GetHashCode(), FastCgiEndpoint.Parse("fastcgi://host:9000").GetHashCode());
        Assert.NotEqual(endpoint, FastCgiEndpoint.Parse("fastcgi://host:9001"));
        Assert.NotEqual(FastCgiEndpoint.Parse("unix:/a"), FastCgiEndpoint.Parse("unix:/A"));
        Assert.False(endpoint.Equals(null));
    }

    [Fact]
    public void CreateUnixEndPoint_AbstractName_StartsWithNul()
    {
        // What .NET shows for the leading NUL.
        Assert.Equal("@app", FastCgiEndpoint.Parse("unix:@app").CreateUnixEndPoint().ToString());
        Assert.Equal("/@app", FastCgiEndpoint.Parse("unix:/@app").CreateUnixEndPoint().ToString());
    }

    [Fact]
    public void TryParse_AnyText_NeverThrowsAndRoundTrips() =>
        AnyText.Sample(
            text =>
            {
                if (!FastCgiEndpoint.TryParse(text, out var endpoint, out var error))
                {
                    Assert.NotNull(error);
                    return;
                }

                Assert.Null(error);
                Assert.Equal(endpoint, FastCgiEndpoint.Parse(endpoint.ToString()));
                Assert.Equal(endpoint.IsUnix, endpoint.Port == 0);
                Assert.DoesNotContain(endpoint.ToString(), char.IsControl);
                if (endpoint.IsUnix)
                {
                    Assert.InRange(Encoding.UTF8.GetByteCount(endpoint.UnixPath), 2, 108);
                    endpoint.CreateUnixEndPoint();
                }
            },
            iter: 20_000);
}
