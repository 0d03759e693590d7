using Yarp.FastCgi.Gateway.StaticFiles;

namespace Yarp.FastCgi.Gateway.Tests.StaticFiles;

public class HiddenNamesTests
{
    [Theory]
    [InlineData("/.env")]
    [InlineData("/.git/config")]
    [InlineData("/a/.htaccess")]
    [InlineData("/a\\.git\\config")]
    [InlineData("/sub/.well-known/x")]
    [InlineData("/.well-known/.env")]
    [InlineData("/.well-known-not/x")]
    public void Contains_Dotfile_IsTrue(string path) => Assert.True(HiddenNames.Contains(path));

    [Theory]
    [InlineData("/x.php")]
    [InlineData("/x.PHP")]
    [InlineData("/x.php8")]
    [InlineData("/x.phps")]
    [InlineData("/x.phtml")]
    [InlineData("/x.pht")]
    [InlineData("/x.phar")]
    [InlineData("/x.inc")]
    [InlineData("/lib/x.Inc")]
    [InlineData("/x.php.txt")]
    [InlineData("/x.php.1")]
    [InlineData("/x.php ")]
    [InlineData("/x.php.")]
    [InlineData("/x.php/logo.png")]
    [InlineData("/x.cgi")]
    [InlineData("/x.py")]
    [InlineData("/x.sh")]
    public void Contains_ScriptSource_IsTrue(string path) => Assert.True(HiddenNames.Contains(path));

    [Theory]
    [InlineData("/x.php~")]
    [InlineData("/x.txt~")]
    [InlineData("/#x.txt#")]
    [InlineData("/x.html.bak")]
    [InlineData("/x.OLD")]
    [InlineData("/x.css.orig")]
    [InlineData("/x.js.swp")]
    public void Contains_Backup_IsTrue(string path) => Assert.True(HiddenNames.Contains(path));

    [Theory]
    [InlineData("/")]
    [InlineData("/style.css")]
    [InlineData("/a/b/logo.png")]
    [InlineData("/messages.pl.js")]
    [InlineData("/php/logo.png")]
    [InlineData("/incoming/x.txt")]
    [InlineData("/x.zip")]
    [InlineData("/.well-known/security.txt")]
    [InlineData("/.well-known/acme-challenge/token")]
    public void Contains_PublicName_IsFalse(string path) => Assert.False(HiddenNames.Contains(path));
}
