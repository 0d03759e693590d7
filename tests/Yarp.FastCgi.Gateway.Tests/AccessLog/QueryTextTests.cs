using Yarp.FastCgi.Gateway.AccessLog;
using Yarp.FastCgi.Gateway.Configuration;

namespace Yarp.FastCgi.Gateway.Tests.AccessLog;

public sealed class QueryTextTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a?b", "/a?b")]
    [InlineData("/a?b=c&d=e", "/a?b=c&d=e")]
    [InlineData("/a?token=x", "/a?token=(redacted)")]
    [InlineData("/a?b=c&access_token=x&d=e", "/a?b=c&access_token=(redacted)&d=e")]
    [InlineData("/a?tok%65n=x;password=y&password=z", "/a?tok%65n=(redacted);password=(redacted)&password=(redacted)")]
    [InlineData("/a?user[password]=x&u=v", "/a?user[password]=(redacted)&u=v")]
    [InlineData("/a?=x&&token", "/a?=x&&token")]
    [InlineData("/a?token=x=y?z", "/a?token=(redacted)")]
    [InlineData("https://example/?token=x#part", "https://example/?token=(redacted)#part")]
    [InlineData("/token=x", "/token=x")]
    public void Redact_ParametersNamedAsSecrets_LoseTheirValues(string url, string expected)
        => Assert.Equal(expected, QueryText.Redact(url, SecretNames.Contains));
}
