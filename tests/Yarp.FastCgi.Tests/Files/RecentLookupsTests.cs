using Microsoft.Extensions.Time.Testing;
using Yarp.FastCgi.Files;

namespace Yarp.FastCgi.Tests.Files;

public class RecentLookupsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void TryGet_Age_CountsFromTheBeginningOfTheLookup()
    {
        var recent = new RecentLookups<int>(TimeSpan.FromSeconds(1), _time);
        var lookedAt = recent.Begin();
        _time.Advance(TimeSpan.FromSeconds(0.6));
        recent.Add("/a", 1, lookedAt);

        Assert.True(recent.TryGet("/a", out var found));
        Assert.Equal(1, found);
        _time.Advance(TimeSpan.FromSeconds(0.4));
        Assert.False(recent.TryGet("/a", out _));
    }

    [Fact]
    public void Add_NoAge_RemembersNothing()
    {
        var recent = new RecentLookups<int>(TimeSpan.Zero, _time);
        recent.Add("/a", 1, recent.Begin());

        Assert.False(recent.TryGet("/a", out _));
    }

    [Fact]
    public void Add_MorePathsThanItHolds_ForgetsThoseBefore()
    {
        var recent = new RecentLookups<int>(TimeSpan.FromSeconds(1), _time);
        for (var i = 0; i <= RecentLookups<int>.MaxCount; i++)
        {
            Assert.Equal(i > 0, recent.TryGet("/0", out _));
            recent.Add($"/{i}", i, recent.Begin());
        }

        Assert.False(recent.TryGet("/0", out _));
        Assert.True(recent.TryGet($"/{RecentLookups<int>.MaxCount}", out _));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Add_LongPath_IsNotRemembered(int more, bool expected)
    {
        var recent = new RecentLookups<int>(TimeSpan.FromSeconds(1), _time);
        var path = "/" + new string('a', RecentLookups<int>.MaxPathLength - 1 + more);
        recent.Add(path, 1, recent.Begin());

        Assert.Equal(expected, recent.TryGet(path, out _));
    }
}
