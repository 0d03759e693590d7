using Yarp.FastCgi.Configuration;

namespace Yarp.FastCgi.Tests.Configuration;

public class StatusRangeTests
{
    [Theory]
    [InlineData("400", 400, 400)]
    [InlineData("404", 404, 404)]
    [InlineData("500-599", 500, 599)]
    [InlineData("403-403", 403, 403)]
    public void TryParse_StatusOrRange_IsRead(string text, int first, int last)
    {
        Assert.True(StatusRange.TryParse(text, out var range));

        Assert.Equal(new StatusRange(first, last), range);
        Assert.True(range.Contains(first) && range.Contains(last));
        Assert.False(range.Contains(first - 1) || range.Contains(last + 1));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("404-")]
    [InlineData("-404")]
    [InlineData("399")]
    [InlineData("600")]
    [InlineData("404-600")]
    [InlineData("599-500")]
    [InlineData("4xx")]
    [InlineData("0404")]
    [InlineData(" 404")]
    [InlineData("404,500")]
    [InlineData("400-404-500")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(StatusRange.TryParse(text, out _));
}
