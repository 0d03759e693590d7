using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class TextFormatTests
{
    [Theory]
    [InlineData("/error.php", true)]
    [InlineData("/é/.hidden/..x", true)]
    [InlineData("error.php", false)]
    [InlineData("/error.php?x", false)]
    [InlineData("/a/../b", false)]
    [InlineData("/./a", false)]
    [InlineData("/a\n", false)]
    public void UrlPath_Text_IsAPathOfTheApplication(string text, bool expected) => Assert.Equal(expected, TextFormat.UrlPath.TryParse(text, out _));
}
