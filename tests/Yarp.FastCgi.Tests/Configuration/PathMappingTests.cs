using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class PathMappingTests
{
    [Theory]
    [InlineData("/protected/=/srv/files", "/protected/", "/srv/files")]
    [InlineData("/=/srv", "/", "/srv")]
    [InlineData("/a/b/=/srv/x=y", "/a/b/", "/srv/x=y")]
    public void TryParse_Mapping_IsRead(string text, string prefix, string directory)
    {
        Assert.True(PathMapping.TryParse(text, out var mapping));

        Assert.Equal(new PathMapping(prefix, directory), mapping);
    }

    [Theory]
    [InlineData("")]
    [InlineData("/srv/files")]
    [InlineData("=/srv/files")]
    [InlineData("/protected=/srv/files")]
    [InlineData("protected/=/srv/files")]
    [InlineData("/protected/=srv/files")]
    [InlineData("/protected/=")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(PathMapping.TryParse(text, out _));
}
