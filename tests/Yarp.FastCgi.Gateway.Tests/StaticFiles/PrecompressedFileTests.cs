using Yarp.FastCgi.Gateway.StaticFiles;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Gateway.Tests.StaticFiles;

public sealed class PrecompressedFileTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Theory]
    [InlineData("gzip, deflate, br", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("br;q=0.5, gzip;q=0.8", "gzip")]
    [InlineData("br;q=0, gzip", "gzip")]
    [InlineData("*", "br")]
    [InlineData("*;q=0", null)]
    [InlineData("BR", "br")]
    [InlineData("identity, br;q=0.5", null)]
    [InlineData("deflate", null)]
    [InlineData("", null)]
    [InlineData("\u0001;;q=x", null)]
    public void Choose_AcceptEncoding_TakesWhatTheClientLikesBest(string accept, string? expected)
    {
        var file = _directory.WriteFile("a.css", "");
        _directory.WriteFile("a.css.br", "");
        _directory.WriteFile("a.css.gz", "");

        Assert.Equal(expected, PrecompressedFile.Choose(file, accept, out var varies)?.Coding);
        Assert.True(varies);
    }

    [Fact]
    public void Choose_NoCopy_DoesNotVary()
    {
        Assert.Null(PrecompressedFile.Choose(_directory.WriteFile("a.css", ""), "br", out var varies));
        Assert.False(varies);
    }

    [Fact]
    public void Choose_CopyOlderThanTheOriginal_IsNotUsed()
    {
        var file = _directory.WriteFile("a.css", "");
        File.SetLastWriteTimeUtc(_directory.WriteFile("a.css.gz", ""), File.GetLastWriteTimeUtc(file).AddSeconds(-2));

        Assert.Null(PrecompressedFile.Choose(file, "gzip", out var varies));
        Assert.False(varies);
    }

    [Fact]
    public void Choose_CopyIsALink_IsNotFollowed()
    {
        var file = _directory.WriteFile("a.css", "");
        File.CreateSymbolicLink(_directory.Combine("a.css.gz"), _directory.WriteFile("secret", ""));

        Assert.Null(PrecompressedFile.Choose(file, "gzip", out _));
    }

    public void Dispose() => _directory.Dispose();
}
