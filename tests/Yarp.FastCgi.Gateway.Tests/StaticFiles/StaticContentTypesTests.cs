using Yarp.FastCgi.Gateway.StaticFiles;

namespace Yarp.FastCgi.Gateway.Tests.StaticFiles;

public class StaticContentTypesTests
{
    private readonly StaticContentTypes _types = new();

    [Theory]
    [InlineData("/style.css", "text/css")]
    [InlineData("/app.mjs", "text/javascript")]
    [InlineData("/map.geojson", "application/geo+json")]
    [InlineData("/.well-known/security.txt", "text/plain")]
    [InlineData("/.well-known/acme-challenge/token", "application/octet-stream")]
    public void TryGetContentType_ServedFile_HasItsType(string path, string expected)
    {
        Assert.True(_types.TryGetContentType(path, out var actual));
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData("/dump.sql")]
    [InlineData("/error.log")]
    [InlineData("/config.yml")]
    [InlineData("/Makefile")]
    [InlineData("/.well-known/dump.sql")]
    public void TryGetContentType_UnknownFile_HasNone(string path) => Assert.False(_types.TryGetContentType(path, out _));
}
