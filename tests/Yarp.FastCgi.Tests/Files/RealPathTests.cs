using Yarp.FastCgi.Files;
using Yarp.FastCgi.Testing;

namespace Yarp.FastCgi.Tests.Files;

public sealed class RealPathTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly string _real;

    public RealPathTests() => _real = RealPath.Resolve(_directory.Path)!;

    [Fact]
    public void Resolve_NoLink_IsThePathItself()
    {
        var file = _directory.WriteFile("a/b.txt", "b");

        Assert.Equal(Path.Combine(_real, "a", "b.txt"), RealPath.Resolve(file));
    }

    [Fact]
    public void Resolve_RelativeLinkOnTheWay_IsFollowed()
    {
        _directory.WriteFile("a/b/c.txt", "c");
        _directory.CreateDirectory("d");
        Directory.CreateSymbolicLink(_directory.Combine("d/link"), "../a/./b/");

        Assert.Equal(Path.Combine(_real, "a", "b", "c.txt"), RealPath.Resolve(_directory.Combine("d/link/c.txt")));
    }

    [Fact]
    public void Resolve_AbsoluteLinkToALink_IsFollowedToTheEnd()
    {
        var file = _directory.WriteFile("target.txt", "t");
        File.CreateSymbolicLink(_directory.Combine("one"), file);
        File.CreateSymbolicLink(_directory.Combine("two"), _directory.Combine("one"));

        Assert.Equal(Path.Combine(_real, "target.txt"), RealPath.Resolve(_directory.Combine("two")));
    }

    [Fact]
    public void Resolve_ParentSegmentInALink_GoesUpFromWhereTheLinkLeads()
    {
        _directory.WriteFile("far/away/x.txt", "x");
        _directory.WriteFile("far/up.txt", "u");
        Directory.CreateSymbolicLink(_directory.Combine("near"), _directory.Combine("far/away"));
        File.CreateSymbolicLink(_directory.Combine("up"), "near/../up.txt");

        Assert.Equal(Path.Combine(_real, "far", "up.txt"), RealPath.Resolve(_directory.Combine("up")));
    }

    // As the system has it: the 41st is not followed (path_resolution(7)).
    [Theory]
    [InlineData(40, true)]
    [InlineData(41, false)]
    public void Resolve_ManyLinks_AreFollowedAsFarAsTheSystemFollowsThem(int links, bool isFollowed)
    {
        _directory.WriteFile("root/a.txt", "a");
        Directory.CreateSymbolicLink(_directory.Combine("root/up"), "..");
        var path = _directory.Combine("root" + string.Concat(Enumerable.Repeat("/up/root", links)) + "/a.txt");

        Assert.Equal(isFollowed ? Path.Combine(_real, "root", "a.txt") : null, RealPath.Resolve(path));
        Assert.True(!OperatingSystem.IsLinux() || File.Exists(path) == isFollowed);
    }

    [Fact]
    public void Resolve_LoopOfLinks_IsNull()
    {
        File.CreateSymbolicLink(_directory.Combine("one"), "two");
        File.CreateSymbolicLink(_directory.Combine("two"), "one");

        Assert.Null(RealPath.Resolve(_directory.Combine("one")));
    }

    [Theory]
    [InlineData("root/a.txt", "root", true)]
    [InlineData("root/a.txt", "root/", true)]
    [InlineData("root/a.txt", "link", true)]
    [InlineData("root/sub/a.txt", "root", true)]
    [InlineData("root", "root", false)]
    [InlineData("root-2/a.txt", "root", false)]
    [InlineData("a.txt", "root", false)]
    [InlineData("a.txt", "loop", false)]
    [InlineData("a.txt", "/", true)]
    public void IsBelow_RealPath_IsInsideTheDirectory(string path, string directory, bool expected)
    {
        _directory.CreateDirectory("root");
        Directory.CreateSymbolicLink(_directory.Combine("link"), "root");
        File.CreateSymbolicLink(_directory.Combine("loop"), "loop");

        Assert.Equal(expected, RealPath.IsBelow(Path.Combine(_real, path), _directory.Combine(directory)));
    }

    [Fact]
    public void IsLink_Path_IsALinkItself()
    {
        _directory.WriteFile("sub/a.txt", "");
        Directory.CreateSymbolicLink(_directory.Combine("link"), "sub");

        Assert.True(RealPath.IsLink(_directory.Combine("link")));
        Assert.False(RealPath.IsLink(_directory.Combine("link/a.txt")));
        Assert.False(RealPath.IsLink(_directory.Combine("sub")));
        Assert.False(RealPath.IsLink(_directory.Combine("missing")));
    }

    [Fact]
    public void Resolve_PartsThatDoNotExist_StayAsTheyAre()
        => Assert.Equal(Path.Combine(_real, "no", "such", "file"), RealPath.Resolve(_directory.Combine("no/such/./x/../file")));

    [Fact]
    public void Resolve_LinkBehindPartsThatDoNotExist_IsFollowed()
    {
        var file = _directory.WriteFile("target.txt", "t");
        File.CreateSymbolicLink(_directory.Combine("link"), file);

        Assert.Equal(Path.Combine(_real, "target.txt"), RealPath.Resolve(_directory.Combine("no/such/../../link")));
    }

    [Fact]
    public void Resolve_AThousandPartsOfNothing_CostLittle()
    {
        var path = _directory.Path + string.Concat(Enumerable.Repeat("/a", 10_000));
        RealPath.Resolve(path);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.NotNull(RealPath.Resolve(path));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200 * path.Length);
    }

    public void Dispose() => _directory.Dispose();
}
