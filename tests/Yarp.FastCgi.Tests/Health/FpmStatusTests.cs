using System.Text;
using CsCheck;
using Yarp.FastCgi.Health;

namespace Yarp.FastCgi.Tests.Health;

public class FpmStatusTests
{
    // As php-fpm 8.2 writes it.
    private const string Static = """
        {"pool":"www","process manager":"static","start time":1763984000,"start since":12,"accepted conn":7,"listen queue":3,"max listen queue":5,"listen queue len":511,"idle processes":1,"active processes":2,"total processes":3,"max active processes":3,"max children reached":4,"slow requests":6}
        """;

    [Fact]
    public void Read_StatusOfAPool_HasItsNumbers()
    {
        var status = FpmStatus.Read(Encoding.UTF8.GetBytes(Static))!;

        Assert.Equal((2, 1, 3, 3), (status.Active, status.Idle, status.Total, status.Workers));
        Assert.Equal((3, 4L, 7L, 6L), (status.ListenQueue, status.MaxChildrenReached, status.Accepted, status.SlowRequests));
        Assert.False(status.IsElastic);
    }

    [Theory]
    [InlineData("dynamic", 2, 3, 0, 4)]
    [InlineData("dynamic", 4, 6, 0, 9)]
    [InlineData("dynamic", 2, 8, 1, 8)]
    [InlineData("dynamic", 9, 8, 1, 9)]
    [InlineData("ondemand", 0, 0, 0, 2)]
    [InlineData("static", 4, 2, 0, 4)]
    [InlineData("static", 0, 0, 0, 1)]
    public void Workers_OfAnElasticPool_LeaveRoomToGrowUntilItsLimitIsKnown(string manager, int total, int maxActive, int reached, int expected)
    {
        var status = FpmStatus.Read(Encoding.UTF8.GetBytes(
            $$"""{"process manager":"{{manager}}","idle processes":{{total}},"active processes":0,"max active processes":{{maxActive}},"max children reached":{{reached}}}"""))!;

        Assert.Equal(expected, status.Workers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pong")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"idle processes":1}""")]
    [InlineData("""{"active processes":1""")]
    [InlineData("pool: www\nactive processes: 1\n")]
    public void Read_AnythingElse_IsNoStatus(string text) => Assert.Null(FpmStatus.Read(Encoding.UTF8.GetBytes(text)));

    [Theory]
    [InlineData("-1", 0)]
    [InlineData("1.5", 0)]
    [InlineData("\"7\"", 0)]
    [InlineData("{\"a\":[1,2]}", 0)]
    [InlineData("99999999999999999999", 0)]
    [InlineData("9999999999", 1_000_000)]
    public void Read_UnsoundNumber_CountsAsNoneOrAsTheMost(string number, int expected)
    {
        var status = FpmStatus.Read(Encoding.UTF8.GetBytes($$"""{"active processes":{{number}},"idle processes":3}"""))!;

        Assert.Equal((expected, 3), (status.Active, status.Idle));
    }

    [Fact]
    public void Read_AnyBytes_NeverThrows()
        => Gen.Select(Gen.Int[0, Static.Length - 1], Gen.Byte).Array[0, 8].Sample(changes =>
        {
            var json = Encoding.UTF8.GetBytes(Static);
            foreach (var (index, value) in changes)
            {
                json[index] = value;
            }

            _ = FpmStatus.Read(json);
            _ = FpmStatus.Read(json.AsSpan(0, changes.Length * 20));
        });
}
